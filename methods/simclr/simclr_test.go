package simclr

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesLightly repeats three steps of lightly's SimCLR, whose
// forward passes are one a view and whose last batch norm has an offset.
func TestTrainingMatchesLightly(t *testing.T) {
	for _, test := range []struct {
		name   string
		params Params
	}{
		{"simclr_2layer_head", Params{Temperature: 0.5, HiddenDim: 16, OutputDim: 8, HeadLayers: 2, BatchNorm: "per-view",
			OutputBias: true}},
		{"simclrv2_3layer_head", Params{Temperature: 0.1, HiddenDim: 16, OutputDim: 8, HeadLayers: 3, BatchNorm: "per-view",
			OutputBias: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, err := New(test.params)
			if err != nil {
				t.Fatal(err)
			}
			methodgolden.Training{
				Family: "method_simclr", Case: test.name, Method: method, Backbone: methodgolden.Encoder{},
				Rename: map[string]string{
					"backbone.":                 "online/backbone/",
					"projection_head.layers.0.": "online/projector/linear0/", "projection_head.layers.1.": "online/projector/norm0/",
					"projection_head.layers.3.": "online/projector/linear1/", "projection_head.layers.4.": "online/projector/norm1/",
					"projection_head.layers.6.": "online/projector/linear2/", "projection_head.layers.7.": "online/projector/norm2/",
				},
				Optimizer: optim.LARS{Trust: 0.001},
				Group: func(v *model.Variable) optim.Group {
					excluded := optim.IsBiasOrNorm(v)
					return optim.Group{NoDecay: excluded, NoAdapt: excluded}
				},
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.3), train.BaseLearningRate: optim.Constant(0.3),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
				},
			}.Run(t)
		})
	}
}
