package lejepa

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

// TestTrainingMatchesLightly repeats three steps of lightly's LeJEPALoss along the same directions.
func TestTrainingMatchesLightly(t *testing.T) {
	made, err := New(Params{Lambda: 0.05, Directions: 32, Knots: 17, End: 3, HeadLayers: 3, HiddenDim: 12, OutputDim: 6})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_lejepa").Case(t, "lejepa")
	directions := c.Input(t, "directions") // [steps, D, S]
	made.(*method).fixed = func(s *framework.Step) *graph.Node {
		all := graph.Const(s.Graph, tensors.FromFlatDataAndDimensions(directions.Float32(), directions.Shape...))
		step := graph.ConvertDType(s.Scalar("step"), dtypes.Int32)
		return graph.Gather(all, graph.ExpandAxes(step, 0))
	}
	methodgolden.Training{
		Family: "method_lejepa", Case: "lejepa", Method: made, Backbone: methodgolden.Encoder{}, Views: []int{0, 1, 2, 3},
		Rename: map[string]string{
			"backbone.": "online/backbone/", "projector.0.": "online/projector/linear0/",
			"projector.1.": "online/projector/norm0/",
			"projector.3.": "online/projector/linear1/", "projector.4.": "online/projector/norm1/",
			"projector.6.": "online/projector/linear2/",
		},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
}
