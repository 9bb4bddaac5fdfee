package ibot

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

// TestTrainingMatchesTheOfficialCode repeats three steps, an epoch each, of
// bytedance/ibot, where the same patches are masked.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	made, err := New(Params{
		StudentTemperature: 0.1, WarmupTemperature: 0.04, TeacherTemperature: 0.06, PatchTemperature: 0.07, WarmupEpochs: 3,
		CenterMomentum: 0.9, PatchWeight: 1, HeadLayers: 3, HiddenDim: 12, BottleneckDim: 6, OutputDim: 10, TrainScale: true,
		FreezeEpochs: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_ibot").Case(t, "ibot")
	masks := methodgolden.StepInput(t, c, "masks")
	made.(*method).fixed = func(s *framework.Step, _ *graph.Node) *graph.Node {
		mask := masks(s)
		return graph.Equal(mask, graph.OnesLike(mask))
	}
	schedules := made.(framework.Scheduler).Schedules(framework.Length{Epochs: 3, StepsPerEpoch: 1})
	for name, schedule := range map[string]optim.Schedule{
		train.LearningRate: optim.Constant(0.002), train.BaseLearningRate: optim.Constant(0.002),
		train.Momentum:    optim.Constant(0),
		train.WeightDecay: optim.Constant(0.04), teacherMomentum: methodgolden.Steps{0.9, 0.95, 0.99},
		"step":           methodgolden.Steps{0, 1, 2},
		patchTemperature: methodgolden.Steps{0.05, 0.06, 0.07},
	} {
		schedules[name] = schedule
	}
	rename := map[string]string{"backbone.mask_token": "predictor/mask/token"}
	for from, to := range map[string]string{"": "online/", "teacher.": "momentum/"} {
		rename[from+"backbone."] = to + "backbone/"
		for layer, name := range map[string]string{"mlp.0": "linear0", "mlp.2": "linear1", "mlp.4": "linear2",
			"last_layer": "last"} {
			rename[from+"head."+layer+"."] = to + "projector/" + name + "/"
		}
	}
	result := methodgolden.Training{
		Family: "method_ibot", Case: "ibot", Method: made, Backbone: methodgolden.ViT(t, backbones.ViTParams{}),
		Views: []int{0, 1, 2}, Rename: rename,
		Plain:     []string{"backbone.pos_embed", "teacher.backbone.pos_embed"},
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true},
		Group:     func(v *model.Variable) optim.Group { return optim.Group{NoDecay: optim.IsBiasOrNorm(v)} },
		Schedules: schedules,
	}.Run(t)
	golden.Near(t, "center", result.Values(t, "/state/center/mean"), c.Output(t, "center_final"), 1e-4)
	golden.Near(t, "patch center", result.Values(t, "/state/patch_center/mean"), c.Output(t, "patch_center_final"), 1e-4)
}
