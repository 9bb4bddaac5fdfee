package exec

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/ir"
)

// dotEpilogueGraph is act(x·w + bias) - residual with the sums of its rows, as two nodes or as one. The kind says where
// the product may be: "in place" of a result, elsewhere because it is "read again", or in an output, "stored". The loop
// of "long rows" runs over several rows of the product at a time.
func dotEpilogueGraph(dims []int, n, k int, kind string, joined bool) *ir.Graph {
	g := &ir.Graph{}
	param := func(dims ...int) *ir.Value {
		v := g.New(
			ir.Op(compute.OpTypeParameter), ir.Parameter{Index: len(g.Params)}, nil, shapes.Make(dtypes.Float32, dims...),
		).Outputs[0]
		g.Params = append(g.Params, v)
		return v
	}
	m := product(dims)
	full := append(slices.Clone(dims), n)
	x, w, bias, residual := param(m, k), param(k, n), param(n), param(full...)
	out := shapes.Make(dtypes.Float32, full...)
	dot := &ir.Node{Op: ir.Op(compute.OpTypeDotGeneral), Attrs: ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}},
		Inputs: []*ir.Value{x, w}}
	dot.Outputs = []*ir.Value{{Producer: dot, Shape: shapes.Make(dtypes.Float32, m, n)}}

	perColumn := make([]int, len(full))
	perColumn[len(dims)] = 1
	loop := &ir.Loop{Dims: full, Split: len(dims), Groups: 1}
	for _, strides := range [][]int{perColumn, rowMajor(full), rowMajor(full)} {
		loop.Loads = append(loop.Loads, ir.Load{DType: dtypes.Float32, Strides: strides})
	}
	instr := func(op compute.OpType, args ...int) int {
		loop.Body = append(loop.Body, ir.Instr{Op: ir.Op(op), DType: dtypes.Float32, Args: args})
		return len(loop.Loads) + len(loop.Body) - 1
	}
	sum := instr(compute.OpTypeAdd, 1, 0)
	act := instr(compute.OpTypeTanh, sum)
	outputs := []shapes.Shape{out, shapes.Make(dtypes.Float32, append(slices.Clone(dims), 1)...)}
	result := instr(compute.OpTypeSub, act, 2)
	if kind == "read again" {
		result = instr(compute.OpTypeSub, result, 1)
	}
	loop.Results = []ir.Result{{Value: result}, {Value: instr(compute.OpTypeReduceSum, result)}}
	if kind == "long rows" {
		loop.Split, loop.Results, outputs = 1, loop.Results[:1], outputs[:1]
	}
	after := &ir.Node{Op: ir.OpLoop, Attrs: loop, Inputs: []*ir.Value{bias, dot.Outputs[0], residual}}
	for i, shape := range outputs {
		after.Outputs = append(after.Outputs, &ir.Value{Producer: after, Index: i, Shape: shape})
	}
	if !joined {
		g.Nodes = append(g.Nodes, dot, after)
		g.Outputs = slices.Clone(after.Outputs)
		if kind == "stored" {
			g.Outputs = append(g.Outputs, dot.Outputs[0])
		}
		return g
	}
	attrs := &ir.DotEpilogue{Product: dot, Loop: after, Load: 1, StoresProduct: kind == "stored"}
	if attrs.StoresProduct {
		outputs = slices.Insert(outputs, 0, dot.Outputs[0].Shape)
	}
	both := g.New(ir.OpDotEpilogue, attrs, []*ir.Value{x, w, bias, residual}, outputs...)
	g.Outputs = slices.Clone(both.Outputs)
	if attrs.StoresProduct {
		g.Outputs = append(g.Outputs[1:], g.Outputs[0])
	}
	return g
}

// A loop joined to a product gives the bits of the loop after it, whether it takes the product row by row or not.
func TestDotEpilogue(t *testing.T) {
	for _, test := range []struct {
		dims []int
		n, k int
	}{
		{[]int{20, 21}, 72, 30}, // several items
		{[]int{5, 9}, 100, 900}, // K in several parts, or columns on the portable tier
		{[]int{5, 1}, 33, 8},
		{[]int{4, 5}, 16, 0}, // nothing to multiply
	} {
		for _, kind := range []string{"in place", "read again", "stored", "long rows"} {
			t.Run(fmt.Sprint(test.dims, test.n, test.k, kind), func(t *testing.T) {
				g := dotEpilogueGraph(test.dims, test.n, test.k, kind, true)
				d := &dotEpilogue{DotEpilogue: g.Nodes[len(g.Nodes)-1].Attrs.(*ir.DotEpilogue)}
				byColumns := test.k == 900 && cpu.Tier() == cpu.Portable
				want := test.k > 0 && !byColumns && (kind != "long rows" || test.dims[1] == 1)
				if got := d.fuseByRows(&Runtime{}, compileLoop(d.Loop)); got != want {
					t.Errorf("by rows: %t, want %t", got, want)
				}
				after := runGraph(t, dotEpilogueGraph(test.dims, test.n, test.k, kind, false), 1)
				for _, threads := range []int{1, 2, 3} {
					got := runGraph(t, g, threads)
					for i := range after {
						if !slices.Equal(got[i], after[i]) {
							t.Errorf("%d threads: result %d differs", threads, i)
						}
					}
				}
			})
		}
	}
}

// A result may take the memory of an operand of the loop, but not of the product's.
func TestDotEpilogueSharesOperandsOfTheLoop(t *testing.T) {
	g := dotEpilogueGraph([]int{20}, 30, 30, "stored", true)
	const residual = 3
	if got, want := lowerDotEpilogue(newRuntime(t),
		g.Nodes[len(g.Nodes)-1]).traits.InPlace, [][2]int{{1, residual}}; !slices.Equal(got, want) {
		t.Errorf("shared %v, want %v", got, want)
	}
}
