package simmim

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesLightly repeats three steps of SimMIM as lightly has it,
// with timm's vision transformer and the same patches masked.
func TestTrainingMatchesLightly(t *testing.T) {
	made, err := New(Params{Masked: 0.6})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_simmim").Case(t, "simmim")
	masked := c.Input(t, "masked") // [steps, N, M]
	numbers := make([]int32, len(masked.Data))
	for i, number := range masked.Ints() {
		numbers[i] = int32(number)
	}
	made.(*method).fixed = func(s *framework.Step) *graph.Node {
		all := graph.Const(s.Graph, tensors.FromFlatDataAndDimensions(numbers, masked.Shape...))
		return graph.Gather(all, graph.ExpandAxes(graph.ConvertDType(s.Scalar("step"), dtypes.Int32), 0))
	}
	methodgolden.Training{
		Family: "method_simmim", Case: "simmim", Method: made, Backbone: tinyViT(t), Views: []int{0},
		Rename: map[string]string{
			"backbone.vit.": "online/backbone/", "backbone.mask_token": "online/mask/token", "decoder.": "online/decoder/",
		},
		Plain:     []string{"backbone.vit.pos_embed"},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
}

func tinyViT(t *testing.T) framework.Backbone {
	t.Helper()
	for _, factory := range backbones.Builtin() {
		if factory.Name != "vit" {
			continue
		}
		made, err := factory.New(&backbones.ViTParams{
			Patch: 4, Width: 8, Layers: 2, Heads: 2, MLPRatio: 2, Pooling: "token", Positions: "learned-1d", Init: "timm",
		}, 16, 3)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	t.Fatal("there is no vit")
	return nil
}
