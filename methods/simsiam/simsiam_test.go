package simsiam

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of
// facebookresearch/simsiam. Its last linear layer has a bias that is never
// trained; batch norm takes it away again, and we do without.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	method, err := New(Params{ProjectorLayers: 3, HiddenDim: 10, OutputDim: 12, BottleneckDim: 6})
	if err != nil {
		t.Fatal(err)
	}
	result := methodgolden.Training{
		Family: "method_simsiam", Case: "simsiam", Method: method, Backbone: methodgolden.Encoder{},
		Rename: map[string]string{
			"encoder.":      "online/backbone/",
			"encoder.fc.0.": "online/projector/linear0/", "encoder.fc.1.": "online/projector/norm0/",
			"encoder.fc.3.": "online/projector/linear1/", "encoder.fc.4.": "online/projector/norm1/",
			"encoder.fc.6.": "online/projector/linear2/", "encoder.fc.7.": "online/projector/norm2/",
			"predictor.0.": "predictor/linear0/", "predictor.1.": "predictor/norm0/", "predictor.3.": "predictor/linear1/",
		},
		Ignore:    []string{"encoder.fc.6.bias", "encoder.fc.7.running_mean"},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.05), train.BaseLearningRate: optim.Constant(0.05),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
		},
	}.Run(t)

	// The bias is left in the running mean, after two views a step as much of it as the mean has taken in.
	c := golden.Load(t, "method_simsiam").Case(t, "simsiam")
	want := golden.Decode[map[string]golden.Summary](t, c.Outputs, "bn_buffers_final")["encoder.fc.7.running_mean"].First
	for _, p := range c.Filled(t, "parameters") {
		if p.Name == "encoder.fc.6.bias" {
			bias := p.Tensor(golden.Decode[uint64](t, c.Params, "fill_seed"))
			for i := range want.Data {
				want.Data[i] -= bias.Data[i] * (1 - math.Pow(0.9, 6))
			}
		}
	}
	golden.Near(t, "running mean", result.Values(t, "/online/projector/norm2/running_mean")[:len(want.Data)], want, 1e-4)
}
