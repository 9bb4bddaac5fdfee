package all4one

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesSoloLearn repeats three steps of vturrisi/solo-learn's All4One
// without dropout.
func TestTrainingMatchesSoloLearn(t *testing.T) {
	method, err := New(Params{
		Temperature: 0.2, CentroidTemperature: 0.1, Neighbors: 5, NeighborWeight: 0.5, CentroidWeight: 0.5, FeatureWeight: 5,
		Momentum: 0.9, Queue: 16, MixerLayers: 2, MixerHeads: 2, HiddenDim: 12, PredictorDim: 14, OutputDim: 6,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_all4one").Case(t, "all4one")
	rename := map[string]string{
		"backbone.": "online/backbone/", "momentum_backbone.": "momentum/backbone/",
		"predictor.0.": "predictor/first/linear0/", "predictor.1.": "predictor/first/norm0/",
		"predictor.3.":  "predictor/first/linear1/",
		"predictor2.0.": "predictor/second/linear0/", "predictor2.1.": "predictor/second/norm0/",
		"predictor2.3.": "predictor/second/linear1/",
	}
	for module, name := range map[string]string{
		"0.": "linear0/", "1.": "norm0/", "3.": "linear1/", "4.": "norm1/", "6.": "linear2/", "7.": "norm2/",
	} {
		rename["projector."+module], rename["momentum_projector."+module] = "online/projector/"+name,
			"momentum/projector/"+name
	}
	for i := range 2 {
		from, to := fmt.Sprintf("transformer_encoder.layers.%d.", i), fmt.Sprintf("predictor/mixer/%d/", i)
		rename[from] = to
		rename[from+"self_attn.in_proj_"] = to + "attn/qkv/"
		rename[from+"self_attn.out_proj."] = to + "attn/proj/"
	}
	result := methodgolden.Training{
		Family: "method_all4one", Case: "all4one", Method: method, Backbone: methodgolden.Encoder{}, Rename: rename,
		Start:     map[string]golden.Tensor{"/state/queue/keys": c.Input(t, "queue_initial")},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
			momentumSchedule: optim.Constant(0.9),
		},
	}.Run(t)
	golden.Near(t, "queue", result.Values(t, "/state/queue/keys"), c.Output(t, "queue_final"), 1e-4)
}
