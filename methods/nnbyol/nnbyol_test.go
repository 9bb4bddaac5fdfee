package nnbyol

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesSoloLearn repeats three steps of vturrisi/solo-learn's NNBYOL.
func TestTrainingMatchesSoloLearn(t *testing.T) {
	method, err := New(Params{TargetMomentum: 0.9, Queue: 16, HiddenDim: 12, PredictorDim: 12, OutputDim: 6})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_nnbyol").Case(t, "nnbyol")
	result := methodgolden.Training{
		Family: "method_nnbyol", Case: "nnbyol", Method: method, Backbone: methodgolden.Encoder{},
		Rename: map[string]string{
			"backbone.": "online/backbone/", "momentum_backbone.": "momentum/backbone/",
			"projector.0.": "online/projector/linear0/", "momentum_projector.0.": "momentum/projector/linear0/",
			"projector.1.": "online/projector/norm0/", "momentum_projector.1.": "momentum/projector/norm0/",
			"projector.3.": "online/projector/linear1/", "momentum_projector.3.": "momentum/projector/linear1/",
			"predictor.0.": "predictor/linear0/", "predictor.1.": "predictor/norm0/", "predictor.3.": "predictor/linear1/",
		},
		Start:     map[string]golden.Tensor{"/state/support/keys": c.Input(t, "queue_initial")},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
			momentumSchedule: optim.Constant(0.9),
		},
	}.Run(t)
	golden.Near(t, "queue", result.Values(t, "/state/support/keys"), c.Output(t, "queue_final"), 1e-4)
}
