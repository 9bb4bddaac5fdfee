package exec

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// updatesGraph has loops of several sizes that compute x·y + x, the sums of its columns and the largest of its
// elements, as a node each or as one.
func updatesGraph(joined bool) *ir.Graph {
	g := &ir.Graph{}
	var loops []*ir.Node
	for _, dims := range [][]int{{3, 5}, {700, 300}, {1, 1}, {40, 33}} {
		shape := shapes.Make(dtypes.Float32, dims...)
		var inputs []*ir.Value
		for range 2 {
			v := g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{Index: len(g.Params)}, nil, shape).Outputs[0]
			g.Params, inputs = append(g.Params, v), append(inputs, v)
		}
		instr := func(op compute.OpType, args ...int) ir.Instr {
			return ir.Instr{Op: ir.Op(op), DType: dtypes.Float32, Args: args}
		}
		load := ir.Load{DType: dtypes.Float32, Strides: rowMajor(dims)}
		loop := &ir.Loop{
			Dims: dims, Split: 1, Groups: 1,
			Loads: []ir.Load{load, load},
			Body:  []ir.Instr{instr(compute.OpTypeMul, 0, 1), instr(compute.OpTypeAdd, 2, 0)},
			Results: []ir.Result{
				{Value: 3},
				{Kind: ir.ReduceColumns, Op: ir.Op(compute.OpTypeReduceSum), Value: 3},
				{Kind: ir.ReduceAll, Op: ir.Op(compute.OpTypeReduceMax), Value: 3},
			},
		}
		loops = append(
			loops, (&ir.Graph{}).New(
				ir.OpLoop, loop, inputs, shape, shapes.Make(dtypes.Float32, dims[1]), shapes.Make(dtypes.Float32),
			),
		)
	}
	var outputs []shapes.Shape
	for _, n := range loops {
		for _, v := range n.Outputs {
			outputs, g.Outputs = append(outputs, v.Shape), append(g.Outputs, v)
		}
	}
	if joined {
		g.Outputs = g.New(ir.OpLoops, ir.Loops(loops), slices.Clone(g.Params), outputs...).Outputs
	} else {
		g.Nodes = append(g.Nodes, loops...)
	}
	return g
}

// Loops that one node does give the bits that they give alone, for any number of threads.
func TestLoops(t *testing.T) {
	alone := runGraph(t, updatesGraph(false), 1)
	for _, threads := range []int{1, 2, 3} {
		for i, got := range runGraph(t, updatesGraph(true), threads) {
			if !slices.Equal(got, alone[i]) {
				t.Errorf("%d threads: result %d differs", threads, i)
			}
		}
	}
}

// A loop's result takes the place of an operand of the same loop, as an updated variable does.
func TestLoopsInPlace(t *testing.T) {
	g := updatesGraph(true)
	rt := newRuntime(t)
	got := lowerLoops(rt, g.Nodes[len(g.Nodes)-1]).traits.InPlace
	if want := [][2]int{{0, 0}, {0, 1}, {3, 2}, {3, 3}, {9, 6}, {9, 7}}; !slices.Equal(got, want) {
		t.Errorf("pairs of results and operands %v, want %v", got, want)
	}
	p := compiled(t, rt, g)
	for _, pair := range [][2]int{{0, 0}, {3, 2}, {9, 6}} {
		if got := p.plan.Donors[pair[0]]; got != pair[1] {
			t.Errorf("result %d takes the memory of parameter %d, want %d", pair[0], got, pair[1])
		}
	}
}
