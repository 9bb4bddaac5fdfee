package moco

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of facebookresearch/moco.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for _, test := range []struct {
		name   string
		new    func(Params) (framework.Method, error)
		params Params
		rename map[string]string
	}{
		{
			"moco_v1", NewV1, Params{Temperature: 0.07, EncoderMomentum: 0.9, Queue: 16, OutputDim: 6, BatchNormSplits: 1},
			map[string]string{"fc.": "projector/linear0/"},
		},
		{
			"moco_v2_mlp", NewV2, Params{Temperature: 0.2, EncoderMomentum: 0.9, Queue: 24, OutputDim: 8, BatchNormSplits: 1},
			map[string]string{"fc.0.": "projector/linear0/", "fc.2.": "projector/linear1/"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, err := test.new(test.params)
			if err != nil {
				t.Fatal(err)
			}
			rename := map[string]string{"encoder_q.": "online/backbone/", "encoder_k.": "momentum/backbone/"}
			for from, to := range test.rename {
				rename["encoder_q."+from], rename["encoder_k."+from] = "online/"+to, "momentum/"+to
			}
			c := golden.Load(t, "method_moco").Case(t, test.name)
			result := methodgolden.Training{
				Family: "method_moco", Case: test.name, Method: method, Backbone: methodgolden.Encoder{}, Rename: rename,
				Start:     map[string]golden.Tensor{"/state/queue/keys": c.Input(t, "queue_initial").Permute(1, 0)},
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
				},
			}.Run(t)
			golden.Near(t, "pointer", result.Values(t, "/state/queue/pointer"), c.Output(t, "queue_ptr_final"), 0)
			golden.Near(t, "queue", result.Values(t, "/state/queue/keys"), c.Output(t, "queue_final").Permute(1, 0), 1e-4)
		})
	}
}
