package ressl

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of KyleZheng1997/ReSSL.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	method, err := New(Params{
		StudentTemperature: 0.1, TeacherTemperature: 0.04, EncoderMomentum: 0.9,
		Queue: 24, HiddenDim: 12, OutputDim: 8, BatchNormSplits: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_ressl").Case(t, "ressl")
	rename := map[string]string{}
	for from, to := range map[string]string{"encoder_q.": "online/", "encoder_k.": "momentum/"} {
		rename[from+"net."] = to + "backbone/"
		rename[from+"head.linear1."] = to + "projector/linear0/"
		rename[from+"head.linear2."] = to + "projector/linear1/"
	}
	result := methodgolden.Training{
		Family: "method_ressl", Case: "ressl", Method: method, Backbone: methodgolden.Encoder{}, Rename: rename,
		Start:     map[string]golden.Tensor{"/state/queue/keys": c.Input(t, "queue_initial").Permute(1, 0)},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
		},
	}.Run(t)
	golden.Near(t, "queue", result.Values(t, "/state/queue/keys"), c.Output(t, "queue_final").Permute(1, 0), 1e-4)
}
