package ijepa

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of facebookresearch/ijepa
// with the same blocks. Where the blocks are filled up with patches that don't
// count, nothing changes.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for _, filled := range []bool{false, true} {
		made, err := New(Params{Momentum: 0.9, PredictorWidth: 12, PredictorLayers: 1, PredictorHeads: 3})
		if err != nil {
			t.Fatal(err)
		}
		c := golden.Load(t, "method_ijepa").Case(t, "ijepa")
		context, targets := methodgolden.StepInput(t, c, "context"), methodgolden.StepInput(t, c, "targets")
		made.(*method).fixed = func(s *framework.Step) (framework.Patches, []framework.Patches) {
			all := targets(s) // [2, N, M]
			patches := []*graph.Node{context(s)}
			for i := range 2 {
				patches = append(patches, graph.Squeeze(graph.Slice(all, graph.AxisElem(i)), 0))
			}
			blocks := make([]framework.Patches, len(patches))
			for i, numbers := range patches {
				blocks[i] = framework.Patches{Numbers: numbers}
				if filled {
					blocks[i] = filledUp(numbers)
				}
			}
			return blocks[0], blocks[1:]
		}
		methodgolden.Training{
			Family: "method_ijepa", Case: "ijepa", Method: made, Views: []int{0},
			Backbone: methodgolden.ViT(t, backbones.ViTParams{Pooling: "mean-without-token", Positions: "sincos-2d"}),
			Rename: map[string]string{
				"encoder.": "online/backbone/", "target.": "momentum/backbone/", "predictor.predictor_embed.": "predictor/embed/",
				"predictor.mask_token": "predictor/mask_token", "predictor.predictor_blocks.": "predictor/blocks/",
				"predictor.predictor_norm.": "predictor/norm/", "predictor.predictor_proj.": "predictor/pred/",
			},
			Optimizer: optim.SGD{},
			Group:     func(*model.Variable) optim.Group { return optim.Group{} },
			Schedules: map[string]optim.Schedule{
				train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
				train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
				momentumSchedule: optim.Constant(0.9),
			},
		}.Run(t)
	}
}

// filledUp adds the first two patches to each row once more, as if they were not shown.
func filledUp(numbers *graph.Node) framework.Patches {
	more := graph.SliceAxis(numbers, 1, graph.AxisRangeFromStart(2))
	yes, no := graph.Equal(numbers, numbers), graph.NotEqual(more, more)
	return framework.Patches{
		Numbers: graph.Concatenate([]*graph.Node{numbers, more}, 1), Shown: graph.Concatenate([]*graph.Node{yes, no}, 1),
	}
}
