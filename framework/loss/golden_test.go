package loss

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

const (
	lossTolerance     = 1e-5
	gradientTolerance = 1e-4
)

// nodes are the inputs of a case as graph nodes, by name.
type nodes map[string]*graph.Node

// results are the outputs to compare, by the name they have in the case.
type results map[string]*graph.Node

// reference is one golden case with its parameters.
type reference struct {
	*golden.Case
	t *testing.T
}

// eachCase runs f as a subtest of every case of the family.
func eachCase(t *testing.T, family string, f func(c reference)) {
	t.Helper()
	file := golden.Load(t, family)
	for i := range file.Cases {
		t.Run(file.Cases[i].Name, func(t *testing.T) { f(reference{&file.Cases[i], t}) })
	}
}

func (c reference) number(key string) float64 { return golden.Decode[float64](c.t, c.Params, key) }
func (c reference) text(key string) string    { return golden.Decode[string](c.t, c.Params, key) }

// steps is the number of steps of a case that keeps state, counted by the losses.
func (c reference) steps() int {
	n := 0
	for name := range c.Outputs {
		if strings.HasPrefix(name, "loss_step") {
			n++
		}
	}
	if n == 0 {
		c.t.Fatal("the case has no steps")
	}
	return n
}

// check builds the graph of f over the named inputs, and compares its results
// and the gradients of the result called lossName with the reference's. An
// input that the reference has no gradient for must get exactly zero.
func (c reference) check(lossName string, inputs []string, f func(in nodes) results) map[string][]float32 {
	c.t.Helper()
	values := make(map[string]golden.Tensor, len(inputs))
	for _, name := range inputs {
		values[name] = c.Input(c.t, name)
	}
	return c.checkWith(lossName, values, f)
}

// checkWith is check with values that need not be inputs of the case.
func (c reference) checkWith(
	lossName string, values map[string]golden.Tensor, f func(in nodes) results,
) map[string][]float32 {
	c.t.Helper()
	if _, found := c.Outputs[lossName]; lossName != "" && !found {
		c.t.Fatalf("the case has no %q", lossName)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = tensorOf(values[name])
	}
	var outputNames, gradientNames []string
	outputs, err := graph.CallOnceN(testbackend.Chosen(c.t), func(params []*graph.Node) []*graph.Node {
		in := make(nodes)
		var differentiable []*graph.Node
		outputNames, gradientNames = nil, nil
		for i, name := range names {
			in[name] = params[i]
			if params[i].DType().IsFloat() {
				differentiable = append(differentiable, params[i])
				gradientNames = append(gradientNames, name)
			}
		}
		out := f(in)
		var all []*graph.Node
		for name, node := range out {
			outputNames = append(outputNames, name)
			all = append(all, node)
		}
		if lossName == "" {
			gradientNames = nil
			return all
		}
		return append(all, graph.Gradient(graph.Reshape(out[lossName]), differentiable...)...)
	}, args...)
	if err != nil {
		c.t.Fatal(err)
	}
	flat := make(map[string][]float32)
	for i, name := range outputNames {
		flat[name] = floats(outputs[i])
		if _, compared := c.Outputs[name]; compared {
			golden.Near(c.t, name, flat[name], c.Output(c.t, name), lossTolerance)
		}
	}
	for i, name := range gradientNames {
		got := floats(outputs[len(outputNames)+i])
		if _, expected := c.Grads[name]; !expected {
			for _, v := range got {
				if v != 0 {
					c.t.Errorf("gradient of %s is %v, want none", name, got)
					break
				}
			}
			continue
		}
		golden.Near(c.t, "gradient of "+name, got, c.Grad(c.t, name), gradientTolerance)
	}
	return flat
}

// step names an entry of step i, such as "q_step2".
func step(name string, i int) string { return fmt.Sprintf("%s_step%d", name, i) }

// scalar is a float32 constant.
func scalar(like *graph.Node, value float64) *graph.Node {
	return graph.Scalar(like.Graph(), like.DType(), value)
}

func tensorOf(x golden.Tensor) *tensors.Tensor {
	if x.DType == "int64" {
		data := make([]int32, len(x.Data))
		for i, v := range x.Data {
			data[i] = int32(v)
		}
		return tensors.FromFlatDataAndDimensions(data, x.Shape...)
	}
	return tensors.FromFlatDataAndDimensions(x.Float32(), x.Shape...)
}

func floats(x *tensors.Tensor) []float32 {
	switch flat := x.Value().(type) {
	case float32:
		return []float32{flat}
	case int32:
		return []float32{float32(flat)}
	}
	var out []float32
	x.ConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float32:
			out = slices.Clone(flat)
		case []int32:
			for _, v := range flat {
				out = append(out, float32(v))
			}
		}
	})
	return out
}

// encode is a map of one tensor as it stands in a file.
func encode(t *testing.T, name string, x golden.Tensor) map[string]json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"shape": x.Shape, "data": x.Data})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]json.RawMessage{name: raw}
}
