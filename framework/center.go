package framework

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Center is a moving average of a network's outputs, zero at first, that DINO
// takes from the teacher's so that no output dominates (Caron et al. 2021,
// arXiv:2104.14294, eq. 4).
type Center struct {
	mean *model.Variable // [1, K]
	step *Step
}

// Center returns the center of that name, for outputs of that width.
func (s *Step) Center(name string, width int) *Center {
	return &Center{mean: nn.Buffer(s.State().At("%s", name), "mean", nn.Zeros, 1, width), step: s}
}

// Value is the center of the batches before this one, [1, K]; it gets no gradient.
func (c *Center) Value() *graph.Node { return graph.StopGradient(c.mean.NodeValue(c.step.Graph)) }

// Follow moves the center toward the mean of a batch's outputs [N, K]. Call it
// from Update: the loss must see the center as it was before. The momentum is in [0, 1].
func (c *Center) Follow(outputs *graph.Node, momentum float64) {
	c.mean.SetNodeValue(loss.UpdateMean(c.Value(), outputs, c.step.Constant(momentum)))
}
