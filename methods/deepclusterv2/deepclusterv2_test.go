package deepclusterv2

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of an epoch of
// facebookresearch/swav's main_deepclusterv2.py with the same clusters.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	method, err := New(Params{Temperature: 0.1, Clusters: 5, Clusterings: 2, HiddenDim: 12, OutputDim: 6})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_deepclusterv2").Case(t, "deepclusterv2")
	start := map[string]golden.Tensor{
		"/state/bank0/entries": c.Input(t, "bank0_initial"), "/state/bank1/entries": c.Input(t, "bank1_initial"),
	}
	for _, clustering := range []string{"0", "1"} {
		start["/state/clustering"+clustering+"/centroids"] = c.Input(t, "centroids"+clustering)
		start["/state/clustering"+clustering+"/clusters"] = c.Input(t, "clusters"+clustering)
	}
	result := methodgolden.Training{
		Family: "method_deepclusterv2", Case: "deepclusterv2", Method: method, Backbone: methodgolden.Encoder{},
		Views: []int{0, 1, 2},
		Rename: map[string]string{
			"encoder.": "online/backbone/", "projection_head.0.": "online/projector/linear0/",
			"projection_head.1.": "online/projector/norm0/", "projection_head.3.": "online/projector/linear1/",
		},
		Start: start, Samples: 24,
		Indices: func(step int) []int32 {
			indices := make([]int32, 8)
			for i := range indices {
				indices[i] = int32(8*step + i)
			}
			return indices
		},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), clustered: optim.Constant(1),
		},
	}.Run(t)
	for crop, name := range []string{"bank0_final", "bank1_final"} {
		path := []string{"/state/bank0/entries", "/state/bank1/entries"}[crop]
		golden.Near(t, name, result.Values(t, path), c.Output(t, name), 1e-4)
	}
}
