package invaspread

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps with the loss of mangye16/Unsupervised_Embedding_Learning.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for name, params := range map[string]Params{
		"invaspread_m1": {Temperature: 0.1, NegativeWeight: 1, OutputDim: 6},
		"invaspread_m2": {Temperature: 0.5, NegativeWeight: 2, OutputDim: 6},
	} {
		t.Run(name, func(t *testing.T) {
			method, err := New(params)
			if err != nil {
				t.Fatal(err)
			}
			methodgolden.Training{
				Family: "method_invaspread", Case: name, Method: method, Backbone: methodgolden.Encoder{},
				Rename:    map[string]string{"": "online/backbone/", "fc.": "online/projector/linear0/"},
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.03), train.BaseLearningRate: optim.Constant(0.03),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(5e-4),
				},
			}.Run(t)
		})
	}
}
