package framework

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Centre is a moving average of a network's outputs, zero at first, that DINO
// takes from the teacher's so that no output dominates (Caron et al. 2021,
// arXiv:2104.14294, eq. 4).
type Centre struct {
	mean *model.Variable // [1, K]
	step *Step
}

// Centre returns the centre of that name, for outputs of that width.
func (s *Step) Centre(name string, width int) *Centre {
	return &Centre{mean: nn.Buffer(s.State().At("%s", name), "mean", nn.Zeros, 1, width), step: s}
}

// Value is the centre of the batches before this one, [1, K]; it gets no gradient.
func (c *Centre) Value() *graph.Node { return graph.StopGradient(c.mean.NodeValue(c.step.Graph)) }

// Follow moves the centre towards the mean of a batch's outputs [N, K]. Call it
// from Update: the loss must see the centre as it was before. The momentum is in [0, 1].
func (c *Centre) Follow(outputs *graph.Node, momentum float64) {
	c.mean.SetNodeValue(loss.UpdateMean(c.Value(), outputs, c.step.Constant(momentum)))
}
