package framework

import (
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Parts of a network that the framework marks. A method adds marks of its own by [Step.Mark].
const (
	PredictorPart  optim.Part = "predictor"  // the parameters in the scope of [Step.Predictor]
	PrototypesPart optim.Part = "prototypes" // the vectors of [Step.Prototypes]
)

// Mark says that the parameters in a scope, and in those below it, are that part
// of the network: [ParameterAdjuster] finds it as Part of the parameter.
func (s *Step) Mark(scope *model.Scope, part optim.Part) {
	if s.parts == nil {
		s.parts = map[string]optim.Part{}
	}
	s.parts[scope.Scope()] = part
}

// PartOf is the part that a variable is marked as, by its scope or the nearest
// one above it; empty if there is none.
func (s *Step) PartOf(variable *model.Variable) optim.Part {
	for scope := variable.Scope(); scope != ""; scope = scope[:strings.LastIndex(scope, "/")] {
		if part, marked := s.parts[scope]; marked {
			return part
		}
	}
	return ""
}
