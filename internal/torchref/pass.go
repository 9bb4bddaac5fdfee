package torchref

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/relumask"
)

// pass is what one forward and backward pass gives.
type pass struct {
	features, loss golden.Tensor
	stages         []golden.Tensor // in the reference's order
	grads          []golden.Tensor // of network.trained, as they lie in our network
	buffers        []golden.Tensor // afterwards
	relus          [][]float64     // their outputs, or in float64 their inputs
}

// run runs the network once on the backend, with all values of that type.
func (n *network) run(t *testing.T, backend compute.Backend, dtype dtypes.DType) pass {
	t.Helper()
	store := model.NewStore()
	for i, f := range slices.Concat(n.parameters, n.buffers) {
		if _, err := store.CreateVariable(n.path(f.Name), ToTensor(n.values[i], dtype)); err != nil {
			t.Fatal(err)
		}
	}
	x, weights := n.Check.inputs(t, n.seed, dtype)
	relus := 0
	exec := model.MustNewExec(backend, store, func(root *model.Scope, x, weights *graph.Node) []*graph.Node {
		store.SetTraining(x.Graph(), n.training)
		observed := map[string]*graph.Node{}
		features := n.Build(root.At(scopeName), x, func(name string, node *graph.Node) { observed[name] = node })
		loss := graph.ReduceAllMean(graph.Mul(features, orItself(weights, features)))
		outputs := []*graph.Node{features, loss}
		for _, name := range n.stages {
			if observed[name] == nil && slices.Contains(n.Inside, name) {
				observed[name] = loss
			} else if observed[name] == nil {
				t.Errorf("stage %q was not observed", name)
				observed[name] = loss
			}
			outputs = append(outputs, observed[name])
		}
		var by []*graph.Node
		for _, f := range n.trained {
			by = append(by, store.GetVariable(n.path(f.Name)).NodeValue(x.Graph()))
		}
		values := relumask.Outputs(x.Graph())
		if dtype == dtypes.Float64 { // in float32, storing the inputs could change how they are computed
			values = relumask.Inputs(x.Graph())
		}
		outputs, relus = append(outputs, values...), len(values)
		return append(outputs, graph.Gradient(loss, by...)...)
	})
	created := store.NumVariables()
	got := exec.MustCall(x, weights)
	if n := store.NumVariables(); n != created {
		t.Errorf("the network has %d variables that the reference lacks", n-created)
	}

	p := pass{features: FromTensor(got[0]), loss: FromTensor(got[1])}
	got = got[2:]
	for i, name := range n.stages {
		p.stages = append(p.stages, stageLayout(name, got[i]))
	}
	got = got[len(n.stages):]
	for _, relu := range got[:relus] {
		p.relus = append(p.relus, FromTensor(relu).Data)
	}
	got = got[relus:]
	for i := range n.trained {
		p.grads = append(p.grads, FromTensor(got[i]))
	}
	for _, f := range n.buffers {
		value := FromTensor(store.GetVariable(n.path(f.Name)).MustValue())
		p.buffers = append(p.buffers, golden.Tensor{Shape: f.Shape, Data: value.Data})
	}
	return p
}

// inputs returns the network's input and what the features are weighted with
// in the loss: R, or a scalar 0 for the features themselves.
func (c Check) inputs(t *testing.T, seed uint64, dtype dtypes.DType) (x, weights *tensors.Tensor) {
	weights = ToTensor(golden.Tensor{Data: []float64{0}}, dtype)
	if raw, found := c.Case.Params["loss"]; found && strings.Contains(string(raw), "* R") {
		features := c.Case.Output(t, "features")
		weights = ToTensor(golden.Filled{Shape: features.Shape, Order: 4000000, Scale: 1}.Tensor(seed), dtype)
	}
	if _, found := c.Case.Inputs["tokens"]; found {
		tokens := c.Case.Input(t, "tokens")
		ids := make([]int32, len(tokens.Data))
		for i, id := range tokens.Ints() {
			ids[i] = int32(id)
		}
		return tensors.FromFlatDataAndDimensions(ids, tokens.Shape...), weights
	}
	value := golden.Decode[golden.Filled](t, c.Case.Inputs, "x").Tensor(seed)
	if len(value.Shape) == 4 {
		value = value.Permute(0, 2, 3, 1)
	}
	return ToTensor(value, dtype), weights
}

func orItself(weights, features *graph.Node) *graph.Node {
	if weights.IsScalar() {
		return features
	}
	return weights
}
