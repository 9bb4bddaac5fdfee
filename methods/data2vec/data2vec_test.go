package data2vec

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

// TestTrainingMatchesTheOfficialCode repeats three steps by the formulas of
// facebookresearch/data2vec_vision, where the same patches are masked.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	made, err := New(Params{Averaged: 2, Beta: 0.5, Momentum: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	masks := methodgolden.StepInput(t, golden.Load(t, "method_data2vec").Case(t, "data2vec"), "masks")
	made.(*method).fixed = func(s *framework.Step) *graph.Node {
		mask := masks(s)
		return graph.Equal(mask, graph.OnesLike(mask))
	}
	methodgolden.Training{
		Family: "method_data2vec", Case: "data2vec", Method: made, Views: []int{0},
		Backbone: methodgolden.ViT(t, backbones.ViTParams{}),
		Rename: map[string]string{
			"backbone.": "online/backbone/", "teacher.backbone.": "momentum/backbone/", "mask_token": "predictor/mask/token",
			"lm_head.": "predictor/head/",
		},
		Plain:     []string{"backbone.pos_embed", "teacher.backbone.pos_embed"},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
}
