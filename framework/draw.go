package framework

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Uniform draws numbers evenly from [0, 1), others in each step. A resumed
// training draws what one without a cut draws.
func (s *Step) Uniform(dims ...int) *graph.Node { return nn.DrawUniform(s.root, s.Graph, dims...) }

// Normal draws from the standard normal distribution, as [Step.Uniform] does.
func (s *Step) Normal(dims ...int) *graph.Node { return nn.DrawNormal(s.root, s.Graph, dims...) }
