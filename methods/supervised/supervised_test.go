package supervised

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesPyTorch repeats three steps with a linear layer and torch's cross entropy.
func TestTrainingMatchesPyTorch(t *testing.T) {
	method, err := New(Params{})
	if err != nil {
		t.Fatal(err)
	}
	methodgolden.Training{
		Family: "method_supervised", Case: "cross_entropy", Method: method, Backbone: methodgolden.Encoder{}, Views: []int{0},
		Rename:  map[string]string{"": "online/backbone/", "fc.": "online/projector/linear0/"},
		Classes: 5,
		Labels: func(step int) []int32 {
			labels := make([]int32, 8)
			for i := range labels {
				labels[i] = int32((3*i + step) % 5)
			}
			return labels
		},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
		},
	}.Run(t)
}
