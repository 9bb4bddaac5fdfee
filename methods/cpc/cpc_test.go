package cpc

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesThePaper repeats three steps of the paper's pseudo-code, in one
// direction and in four.
func TestTrainingMatchesThePaper(t *testing.T) {
	for _, directions := range []int{1, 4} {
		name := fmt.Sprint("cpc_", directions)
		t.Run(name, func(t *testing.T) {
			method, err := New(Params{
				Patch: 8, Stride: 4, Ahead: 2, Directions: directions, Scale: 0.1, Blocks: 2, HiddenDim: 7, OutputDim: 5,
			})
			if err != nil {
				t.Fatal(err)
			}
			rename := map[string]string{"encoder.": "online/backbone/"}
			for i := range directions {
				for _, part := range []string{"context", "target", "prediction"} {
					rename[fmt.Sprintf("%s.%d.", part, i)] = fmt.Sprintf("online/direction%d/%s/", i, part)
				}
			}
			methodgolden.Training{
				Family: "method_cpc", Case: name, Method: method, Backbone: methodgolden.Encoder{}, Views: []int{0}, Rename: rename,
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
