package dino

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps, an epoch each, of facebookresearch/dino.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	common := Params{
		StudentTemperature: 0.1, WarmupTemperature: 0.04, TeacherTemperature: 0.07, WarmupEpochs: 2, CenterMomentum: 0.9,
		HeadLayers: 3, HiddenDim: 12, BottleneckDim: 8, OutputDim: 16, FreezeEpochs: 1,
	}
	trained := common
	trained.TrainScale = true
	for _, test := range []struct {
		name   string
		params Params
		views  []int
		clip   float64
	}{
		{"dino_local2", common, []int{0, 1, 2, 3}, 0.05},
		{"dino_no_local_trainable_g", trained, []int{0, 1}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, err := New(test.params)
			if err != nil {
				t.Fatal(err)
			}
			schedules := method.(framework.Scheduler).Schedules(framework.Length{Epochs: 3, StepsPerEpoch: 1})
			schedules[train.LearningRate] = methodgolden.Steps{0.001, 0.002, 0.0015}
			schedules[train.BaseLearningRate] = optim.Constant(0.001)
			schedules[train.Momentum] = optim.Constant(0)
			schedules[train.WeightDecay] = methodgolden.Steps{0.04, 0.1, 0.2}
			schedules[teacherMomentum] = methodgolden.Steps{0.9, 0.95, 0.99}
			rename := map[string]string{"backbone.": "online/backbone/", "teacher.backbone.": "momentum/backbone/"}
			for from, to := range map[string]string{
				"head.mlp.0.": "projector/linear0/", "head.mlp.2.": "projector/linear1/", "head.mlp.4.": "projector/linear2/",
				"head.last_layer.": "projector/last/",
			} {
				rename[from], rename["teacher."+from] = "online/"+to, "momentum/"+to
			}
			result := methodgolden.Training{
				Family: "method_dino", Case: test.name, Method: method, Backbone: methodgolden.Encoder{},
				Views: test.views, Rename: rename,
				Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true},
				Group:     func(v *model.Variable) optim.Group { return optim.Group{NoDecay: optim.IsBiasOrNorm(v)} },
				Clip:      optim.Config{ClipEach: test.clip}.Clip,
				Schedules: schedules,
			}.Run(t)
			c := golden.Load(t, "method_dino").Case(t, test.name)
			golden.Near(t, "center", result.Values(t, "/state/center/mean"), c.Output(t, "center_final"), 1e-4)
		})
	}
}
