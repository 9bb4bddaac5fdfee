package pirl

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesPyContrast repeats three steps of HobbitLong/PyContrast's PIRL
// with the same pieces and negatives.
func TestTrainingMatchesPyContrast(t *testing.T) {
	made, err := New(Params{Temperature: 0.2, Negatives: 6, BankMomentum: 0.5, Jigsaw: 0.3, OutputDim: 5})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_pirl").Case(t, "pirl")
	made.(*method).fixed = func(s *framework.Step, name string) *graph.Node {
		draws := c.Input(t, name)
		all := graph.Const(s.Graph, tensors.FromFlatDataAndDimensions(draws.Float32(), draws.Shape...))
		return graph.Gather(all, graph.ExpandAxes(graph.ConvertDType(s.Scalar("step"), dtypes.Int32), 0))
	}
	result := methodgolden.Training{
		Family: "method_pirl", Case: "pirl", Method: made, Backbone: methodgolden.Encoder{}, Views: []int{0, 2},
		Rename: map[string]string{
			"encoder.": "online/backbone/", "head.0.": "online/projector/linear0/",
			"head_jig.fc1.": "online/piece_projector/linear0/",
			"head_jig.fc2.": "online/jigsaw_projector/linear0/",
		},
		Start:     map[string]golden.Tensor{"/state/bank/entries": c.Input(t, "bank_initial")},
		Samples:   20,
		Indices:   func(step int) []int32 { return []int32{0, 1, 2, 3, 4, 5, 6, int32(7 + step)} },
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
	golden.Near(t, "bank", result.Values(t, "/state/bank/entries"), c.Output(t, "bank_final"), 1e-4)
}
