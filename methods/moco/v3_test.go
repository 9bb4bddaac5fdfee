package moco

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestV3TrainingMatchesTheOfficialCode repeats three steps of facebookresearch/moco-v3.
func TestV3TrainingMatchesTheOfficialCode(t *testing.T) {
	for _, test := range []struct {
		name, head string
		params     ParamsV3
		optimizer  optim.Optimizer
		rate, wd   float64
		group      func(*model.Variable) optim.Group
	}{
		{
			"mocov3_resnet_lars", "fc",
			ParamsV3{Temperature: 0.2, HiddenDim: 12, OutputDim: 8, ProjectorLayers: 2},
			optim.LARS{Form: optim.LARSDecayed, Trust: 0.001}, 0.5, 1e-4,
			func(v *model.Variable) optim.Group {
				excluded := optim.IsBiasOrNorm(v)
				return optim.Group{NoDecay: excluded, NoAdapt: excluded}
			},
		},
		{
			"mocov3_vit_adamw", "head",
			ParamsV3{Temperature: 0.5, HiddenDim: 12, OutputDim: 8, ProjectorLayers: 3, PredictorNorm: true},
			optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decoupled: true}, 1e-3, 0.1,
			func(*model.Variable) optim.Group { return optim.Group{} },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, err := NewV3(test.params)
			if err != nil {
				t.Fatal(err)
			}
			rename := map[string]string{
				"base_encoder.": "online/backbone/", "momentum_encoder.": "momentum/backbone/",
				"predictor.0.": "predictor/linear0/", "predictor.1.": "predictor/norm0/",
				"predictor.3.": "predictor/linear1/", "predictor.4.": "predictor/norm1/",
			}
			for from, to := range map[string]string{
				".0.": "linear0/", ".1.": "norm0/", ".3.": "linear1/", ".4.": "norm1/", ".6.": "linear2/", ".7.": "norm2/",
			} {
				rename["base_encoder."+test.head+from] = "online/projector/" + to
				rename["momentum_encoder."+test.head+from] = "momentum/projector/" + to
			}
			methodgolden.Training{
				Family: "method_mocov3", Case: test.name, Method: method, Backbone: methodgolden.Encoder{}, Rename: rename,
				Optimizer: test.optimizer, Group: test.group,
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(test.rate), train.BaseLearningRate: optim.Constant(test.rate),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(test.wd),
					momentumSchedule: methodgolden.Steps{0.9, 0.95, 0.99},
				},
			}.Run(t)
		})
	}
}
