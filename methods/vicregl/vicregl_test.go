package vicregl

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of facebookresearch/VICRegL,
// with the grids of its transforms.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for name, params := range map[string]Params{
		"vicregl":                          {AllByFeature: true, IgnoreFlips: true},
		"vicregl_nearest_features_flipped": {},
	} {
		t.Run(name, func(t *testing.T) {
			params.Alpha, params.Invariance, params.Variance, params.Covariance = 0.75, 25, 25, 1
			params.FirstMatches, params.SecondMatches = 9, 4
			params.HeadLayers, params.HiddenDim, params.OutputDim, params.LocalDim = 3, 12, 6, 7
			made, err := New(params)
			if err != nil {
				t.Fatal(err)
			}
			rename := map[string]string{"encoder.": "online/backbone/"}
			for theirs, ours := range map[string]string{"projector.": "projector", "maps_projector.": "local_projector"} {
				for module, layer := range map[string]string{
					"0.": "linear0", "1.": "norm0", "3.": "linear1", "4.": "norm1", "6.": "linear2",
				} {
					rename[theirs+module] = "online/" + ours + "/" + layer + "/"
				}
			}
			methodgolden.Training{
				Family: "method_vicregl", Case: name, Method: made, Backbone: methodgolden.Encoder{}, Rename: rename,
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
				},
			}.Run(t)
		})
	}
}
