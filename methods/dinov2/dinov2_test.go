package dinov2

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

// TestTrainingMatchesTheOfficialCode repeats three steps of facebookresearch/dinov2
// with registers, where the same patches are masked.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for name, separate := range map[string]bool{"dinov2": true, "dinov2_shared_head": false} {
		t.Run(name, func(t *testing.T) {
			made, err := New(Params{
				StudentTemperature: 0.1, Iterations: 3, PatchWeight: 1, KoLeoWeight: 0.1, SeparateHeads: separate,
				HeadLayers: 3, HiddenDim: 12, BottleneckDim: 6, OutputDim: 10,
			})
			if err != nil {
				t.Fatal(err)
			}
			masks := methodgolden.StepInput(t, golden.Load(t, "method_dinov2").Case(t, name), "masks")
			made.(*method).fixed = func(s *framework.Step, _ *graph.Node) *graph.Node {
				mask := masks(s)
				return graph.Equal(mask, graph.OnesLike(mask))
			}
			rename := map[string]string{"backbone.mask_token": "predictor/mask/token"}
			for from, to := range map[string]string{"": "online/", "teacher.": "momentum/"} {
				rename[from+"backbone."] = to + "backbone/"
				for layer, name := range map[string]string{"mlp.0": "linear0", "mlp.2": "linear1", "mlp.4": "linear2",
					"last_layer": "last"} {
					rename[from+"dino_head."+layer+"."] = to + "projector/" + name + "/"
					rename[from+"ibot_head."+layer+"."] = to + "patch_projector/" + name + "/"
				}
			}
			methodgolden.Training{
				Family: "method_dinov2", Case: name, Method: made, Views: []int{0, 1, 2}, Rename: rename,
				Backbone: methodgolden.ViT(t, backbones.ViTParams{Registers: 2, LayerScale: 0.5}),
				Plain: []string{
					"backbone.pos_embed", "teacher.backbone.pos_embed", "backbone.register_tokens", "teacher.backbone.register_tokens",
				},
				Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true},
				Group:     func(v *model.Variable) optim.Group { return optim.Group{NoDecay: optim.IsBiasOrNorm(v)} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.002), train.BaseLearningRate: optim.Constant(0.002),
					train.Momentum: optim.Constant(0), train.WeightDecay: optim.Constant(0.04),
					teacherMomentum: methodgolden.Steps{0.9, 0.95, 0.99}, teacherTemperature: methodgolden.Steps{0.05, 0.06, 0.07},
					trainLastLayer: methodgolden.Steps{0, 1, 1}, "step": methodgolden.Steps{0, 1, 2},
				},
			}.Run(t)
		})
	}
}
