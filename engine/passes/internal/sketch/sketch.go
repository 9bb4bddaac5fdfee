// Package sketch writes small graphs for the tests of passes, and compares what passes make of them.
package sketch

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Graph is a graph of float32 values, unless an op says otherwise.
type Graph struct{ *ir.Graph }

// New returns an empty graph.
func New() Graph { return Graph{&ir.Graph{Name: "f"}} }

// Float is the shape of a float32 tensor.
func Float(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

// Param adds a parameter.
func (g Graph) Param(dims ...int) *ir.Value {
	v := g.Op(compute.OpTypeParameter, ir.Parameter{Index: len(g.Params)}, Float(dims...))
	g.Params = append(g.Params, v)
	return v
}

// Scalar adds a constant.
func (g Graph) Scalar(x float32) *ir.Value {
	return g.Op(
		compute.OpTypeConstant, ir.Constant{Data: binary.NativeEndian.AppendUint32(nil, math.Float32bits(x))}, Float(),
	)
}

// Op adds an op of one result.
func (g Graph) Op(op compute.OpType, attrs any, shape shapes.Shape, inputs ...*ir.Value) *ir.Value {
	return g.New(ir.Op(op), attrs, inputs, shape).Outputs[0]
}

// Unary adds an op without attributes whose result has the shape of x.
func (g Graph) Unary(op compute.OpType, x *ir.Value) *ir.Value { return g.Op(op, nil, x.Shape, x) }

// Binary adds an op without attributes whose result has the shape of a.
func (g Graph) Binary(op compute.OpType, a, b *ir.Value) *ir.Value {
	return g.Op(op, nil, a.Shape, a, b)
}

// Add adds a sum.
func (g Graph) Add(a, b *ir.Value) *ir.Value { return g.Binary(compute.OpTypeAdd, a, b) }

// Mul adds a product.
func (g Graph) Mul(a, b *ir.Value) *ir.Value { return g.Binary(compute.OpTypeMul, a, b) }

// Reduce adds a reduction of some axes.
func (g Graph) Reduce(op compute.OpType, x *ir.Value, axes ...int) *ir.Value {
	var kept []int
	for i, d := range x.Dims() {
		if !slices.Contains(axes, i) {
			kept = append(kept, d)
		}
	}
	return g.Op(op, ir.Axes{Axes: axes}, Float(kept...), x)
}

// Reshape adds a reshape.
func (g Graph) Reshape(x *ir.Value, dims ...int) *ir.Value {
	return g.Op(compute.OpTypeReshape, nil, Float(dims...), x)
}

// Transpose adds a transpose: axis i of the result is axis permutation[i] of x.
func (g Graph) Transpose(x *ir.Value, permutation ...int) *ir.Value {
	dims := make([]int, len(permutation))
	for i, axis := range permutation {
		dims[i] = x.Dims()[axis]
	}
	return g.Op(compute.OpTypeTranspose, ir.Transpose{Permutation: permutation}, Float(dims...), x)
}

// Broadcast adds a broadcast to the given dimensions: axis i of x becomes axis axes[i] of the result.
func (g Graph) Broadcast(x *ir.Value, axes []int, dims ...int) *ir.Value {
	return g.Op(compute.OpTypeBroadcastInDim, ir.Broadcast{Axes: axes}, Float(dims...), x)
}

// Slice adds the part of x from one index to another along an axis.
func (g Graph) Slice(x *ir.Value, axis, from, to int) *ir.Value {
	at := ir.Slice{
		Starts: make([]int, x.Shape.Rank()), Limits: slices.Clone(x.Dims()), Strides: make([]int, x.Shape.Rank()),
	}
	for i := range at.Strides {
		at.Strides[i] = 1
	}
	at.Starts[axis], at.Limits[axis] = from, to
	dims := slices.Clone(x.Dims())
	dims[axis] = to - from
	return g.Op(compute.OpTypeSlice, at, Float(dims...), x)
}

// Count returns the number of nodes of an op.
func (g Graph) Count(op compute.OpType) (n int) {
	for _, node := range g.Nodes {
		if node.Op == ir.Op(op) {
			n++
		}
	}
	return n
}

// Check compares the graph with its listing, which may be indented. Listings show no attributes.
func (g Graph) Check(t *testing.T, want string) {
	t.Helper()
	if got, want := trimmed(g.String()), trimmed(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// CheckKept runs a pass that must leave the graph as it is.
func (g Graph) CheckKept(t *testing.T, pass func(*ir.Graph)) {
	t.Helper()
	nodes, before := slices.Clone(g.Nodes), g.String()
	pass(g.Graph)
	if after := g.String(); after != before || !slices.Equal(nodes, g.Nodes) {
		t.Errorf("became\n%s\nand should have stayed\n%s", after, before)
	}
}

// trimmed returns the lines that are not blank, without indentation.
func trimmed(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
