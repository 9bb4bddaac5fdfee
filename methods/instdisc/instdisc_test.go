package instdisc

import (
	"math"
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

// given is InstDisc with negatives that are given instead of drawn, [steps, N, K].
type given struct {
	*method
	negatives *tensors.Tensor
}

// stepSchedule is the number of the step, for given.
type stepSchedule struct{}

func (stepSchedule) At(step int) float64 { return float64(step) }

func (m given) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	step := graph.ConvertDType(s.Scalar("step"), dtypes.Int32)
	negatives := m.method.Negatives(s, pairs)
	negatives.Chosen = graph.Gather(graph.Const(s.Graph, m.negatives), graph.ExpandAxes(step, 0))
	return negatives
}

// TestTrainingMatchesTheOfficialCode repeats three steps of zhirongw/lemniscate.pytorch.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	c := golden.Load(t, "method_instdisc").Case(t, "instdisc_nce")
	base, err := New(Params{Temperature: 0.07, Negatives: 10, BankMomentum: 0.5, OutputDim: 8})
	if err != nil {
		t.Fatal(err)
	}
	// [4, 8] and [4, 8, 11], the first of each row overwritten
	own, drawn := c.Input(t, "y").Ints(), c.Input(t, "idx").Ints()
	var negatives []int32
	for i, index := range drawn {
		if i%11 != 0 {
			negatives = append(negatives, int32(index))
		}
	}
	result := methodgolden.Training{
		Family: "method_instdisc", Case: "instdisc_nce", Backbone: methodgolden.Encoder{}, Views: []int{0},
		Method: given{base.(*method), tensors.FromFlatDataAndDimensions(negatives, 4, 8, 10)},
		Rename: map[string]string{"": "online/backbone/", "fc.": "online/projector/linear0/"},
		Start:  map[string]golden.Tensor{"/state/bank/entries": c.Input(t, "memory_initial")},
		Indices: func(step int) []int32 {
			indices := make([]int32, 8)
			for i := range indices {
				indices[i] = int32(own[8*step+i])
			}
			return indices
		},
		Samples:   40,
		Optimizer: optim.SGD{},
		Group:     func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.03), train.BaseLearningRate: optim.Constant(0.03),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(5e-4), "step": stepSchedule{},
		},
	}.Run(t)
	golden.Near(t, "bank", result.Values(t, "/state/bank/entries"), c.Output(t, "memory_final"), 1e-4)
	z := c.Output(t, "Z")
	z.Data[0] = math.Log(z.Data[0])
	golden.Near(t, "log Z", result.Values(t, "/state/log_partition"), z, 1e-5)
}
