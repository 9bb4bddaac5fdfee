package msn

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesLightly repeats three steps of lightly's MSN with timm's
// vision transformer, which sees the same patches.
func TestTrainingMatchesLightly(t *testing.T) {
	made, err := New(Params{
		Temperature: 0.1, Sharpening: 0.25, Iterations: 3, EntropyWeight: 1, Prototypes: 10, HiddenDim: 12, OutputDim: 6,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_msn").Case(t, "msn")
	made.(*method).fixed = methodgolden.StepInput(t, c, "keep")
	rename := map[string]string{"prototypes.": "predictor/prototypes/"}
	for from, to := range map[string]string{"anchor": "online/", "target": "momentum/"} {
		rename[from+".vit."] = to + "backbone/"
		for layer, name := range map[string]string{"0": "linear0", "1": "norm0", "3": "linear1", "4": "norm1",
			"6": "linear2"} {
			rename[from+"_head.layers."+layer+"."] = to + "projector/" + name + "/"
		}
	}
	methodgolden.Training{
		Family: "method_msn", Case: "msn", Method: made, Backbone: methodgolden.ViT(t, backbones.ViTParams{}), Rename: rename,
		Plain:     []string{"prototypes.weight", "anchor.vit.pos_embed", "target.vit.pos_embed"},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.02), train.BaseLearningRate: optim.Constant(0.02),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
			momentumSchedule: optim.Constant(0.9), "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
}
