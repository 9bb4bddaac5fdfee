package mochi

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

// TestTrainingMatchesThePaper repeats three steps of facebookresearch/moco with the
// paper's negatives, of which the first step has none.
func TestTrainingMatchesThePaper(t *testing.T) {
	made, err := New(Params{
		Temperature: 0.2, EncoderMomentum: 0.9, Queue: 24, Hardest: 6, Mixed: 5, MixedWithQuery: 3, OutputDim: 8,
		BatchNormSplits: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := golden.Load(t, "method_mochi").Case(t, "mochi")
	made.(*method).fixed = func(s *framework.Step, name string) *graph.Node {
		draws := c.Input(t, name)
		all := graph.Const(s.Graph, tensors.FromFlatDataAndDimensions(draws.Float32(), draws.Shape...))
		return graph.Gather(all, graph.ExpandAxes(graph.ConvertDType(s.Scalar("step"), dtypes.Int32), 0))
	}
	rename := map[string]string{}
	for from, to := range map[string]string{"encoder_q.": "online/", "encoder_k.": "momentum/"} {
		rename[from+"net."] = to + "backbone/"
		rename[from+"fc.0."], rename[from+"fc.2."] = to+"projector/linear0/", to+"projector/linear1/"
	}
	result := methodgolden.Training{
		Family: "method_mochi", Case: "mochi", Method: made, Backbone: methodgolden.Encoder{}, Rename: rename,
		Start:     map[string]golden.Tensor{"/state/queue/keys": c.Input(t, "queue_initial")},
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
			mixes: methodgolden.Steps{0, 1, 1}, "step": methodgolden.Steps{0, 1, 2},
		},
	}.Run(t)
	golden.Near(t, "queue", result.Values(t, "/state/queue/keys"), c.Output(t, "queue_final"), 1e-4)
}
