package byol

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/methodtest"
)

// withoutPredictor is BYOL broken on purpose: its projections are compared themselves.
type withoutPredictor struct{ *method }

func (m withoutPredictor) Positives(s *framework.Step) []framework.Pair {
	p := framework.Split(m.project(s, s.Online()), 2)
	z := framework.Split(graph.StopGradient(m.project(s, s.IndependentMomentumEncoder().Scope())), 2)
	return []framework.Pair{{Anchor: p[0], Positive: z[1]}, {Anchor: p[1], Positive: z[0]}}
}

func TestWithoutPredictorBYOLCollapses(t *testing.T) {
	params := Params{TargetMomentum: 0.9, HiddenDim: 32, OutputDim: 16, HeadBias: "hidden"}
	for _, test := range []struct {
		name      string
		method    framework.Method
		collapses bool
	}{{"whole", &method{Params: params}, false}, {"without predictor", withoutPredictor{&method{params}}, true}} {
		t.Run(test.name, func(t *testing.T) {
			result := methodtest.Training{
				Method: test.method, Backbone: methodtest.ResNet(t), Recipe: "mocov2-cifar",
				Samples: 256, Batch: 32, Epochs: 8, Rate: 0.1, Decay: 5e-4,
			}.Run(t)
			if got := result.Raised(train.Collapse); got != test.collapses {
				t.Errorf("the collapse alarm is %v, want %v; alarms %v", got, test.collapses, result.Alarms)
			}
		})
	}
}
