package simmim

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
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
	made.(*method).fixed = methodgolden.StepInput(t, c, "masked")
	methodgolden.Training{
		Family: "method_simmim", Case: "simmim", Method: made, Backbone: methodgolden.ViT(t, backbones.ViTParams{}),
		Views: []int{0},
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
