package byol

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesLightly repeats three steps of lightly's BYOL, whose target
// starts as a copy and moves at the start of a step; or, which comes to the same,
// at the end of the step before by the next value of the schedule.
func TestTrainingMatchesLightly(t *testing.T) {
	for _, test := range []struct {
		moves     string
		momentums methodgolden.Steps
		skip      []string
	}{
		// 0.9: at first a copy follows its original
		{"before", methodgolden.Steps{0.9, 0.95, 0.99}, nil},
		{"after", methodgolden.Steps{0.95, 0.99, 1}, []string{"ema_after_step1"}}, // of before the first move
	} {
		t.Run(test.moves, func(t *testing.T) {
			method, err := New(Params{HiddenDim: 16, OutputDim: 8, HeadBias: "output", TargetMoves: test.moves})
			if err != nil {
				t.Fatal(err)
			}
			methodgolden.Training{
				Family: "method_byol", Case: "byol", Method: method, Backbone: methodgolden.Encoder{},
				Rename: map[string]string{
					"backbone.": "online/backbone/", "target_backbone.": "momentum/backbone/",
					"projection_head.layers.0.":        "online/projector/linear0/",
					"target_projection_head.layers.0.": "momentum/projector/linear0/",
					"projection_head.layers.1.":        "online/projector/norm0/",
					"target_projection_head.layers.1.": "momentum/projector/norm0/",
					"projection_head.layers.3.":        "online/projector/linear1/",
					"target_projection_head.layers.3.": "momentum/projector/linear1/",
					"prediction_head.layers.0.":        "predictor/linear0/", "prediction_head.layers.1.": "predictor/norm0/",
					"prediction_head.layers.3.": "predictor/linear1/",
				},
				Skip:      test.skip,
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.05), train.BaseLearningRate: optim.Constant(0.05),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
					momentumSchedule: test.momentums,
				},
			}.Run(t)
		})
	}
}
