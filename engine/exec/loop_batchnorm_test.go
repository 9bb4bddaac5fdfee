package exec

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes"
)

// loopGraph makes a graph of one loop over dims that reads tensors (t) and vectors along the last axis, one for all (v)
// or one for each index on the first axis (s).
func loopGraph(dims []int, kinds string, body []ir.Instr, results []ir.Result) *ir.Graph {
	full := shapes.Make(dtypes.Float32, dims...)
	vector := shapes.Make(dtypes.Float32, dims[len(dims)-1])
	g := &ir.Graph{}
	loop := &ir.Loop{Dims: dims, Groups: 1, Body: body, Results: results}
	for i, kind := range kinds {
		shape, strides := full, rowMajor(dims)
		if kind == 'v' {
			shape, strides = vector, make([]int, len(dims))
			strides[len(dims)-1] = 1
		}
		if kind == 's' {
			ofSample := append([]int{dims[0]}, slices.Repeat([]int{1}, len(dims)-1)...)
			ofSample[len(dims)-1] = dims[len(dims)-1]
			shape, strides = shapes.Make(dtypes.Float32, ofSample...), make([]int, len(dims))
			strides[0], strides[len(dims)-1] = dims[len(dims)-1], 1
		}
		g.Params = append(g.Params, g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{Index: i}, nil, shape).Outputs[0])
		loop.Loads = append(loop.Loads, ir.Load{DType: dtypes.Float32, Strides: strides})
	}
	var outputs []shapes.Shape
	for _, r := range results {
		shape := full
		if r.Kind != ir.Store {
			shape, loop.Split = vector, len(dims)-1
		}
		outputs = append(outputs, shape)
	}
	g.Outputs = g.New(ir.OpLoop, loop, g.Params, outputs...).Outputs
	return g
}

// runGraph returns the results for operands that depend on the place only.
func runGraph(t *testing.T, g *ir.Graph, threads int) [][]float32 {
	t.Helper()
	rt, err := NewRuntime(Config{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	out, err := compiled(t, rt, g).Run(sinesFor(rt, g), nil)
	if err != nil {
		t.Fatal(err)
	}
	var results [][]float32
	for _, b := range out {
		results = append(results, append([]float32(nil), f32(b.Bytes)...))
	}
	return results
}

// A loop gives the same with the instructions for batch norm as without, for any number of threads.
func TestBatchNormInstructions(t *testing.T) {
	f := dtypes.Float32
	op := func(op compute.OpType, args ...int) ir.Instr { return ir.Instr{Op: ir.Op(op), DType: f, Args: args} }
	positive := func(args ...int) ir.Instr {
		return ir.Instr{Op: ir.Op(compute.OpTypeLessOrEqual), DType: dtypes.Bool, Args: args}
	}
	const (
		add, sub, mul = compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul
		where, zero   = compute.OpTypeWhere, compute.OpTypeConstant
	)
	sum := func(value int) ir.Result {
		return ir.Result{Kind: ir.ReduceColumns, Op: ir.Op(compute.OpTypeReduceSum), Value: value}
	}
	tests := []struct {
		name, kinds string
		body        func() []ir.Instr
		results     []ir.Result
	}{
		{"ReLU of a scale, shift and residual", "tvvt", func() []ir.Instr {
			return []ir.Instr{op(mul, 0, 1), op(add, 4, 2), op(add, 5, 3), op(zero), positive(6, 7), op(where, 8, 7, 6)}
		}, []ir.Result{{Value: 9}}},
		{"sums behind a ReLU with a residual", "tvvttv", func() []ir.Instr {
			return []ir.Instr{op(mul, 0, 1), op(add, 6, 2), op(add, 7, 3), op(zero), positive(8, 9),
				op(where, 10, 9, 4), op(sub, 0, 5), op(mul, 11, 12)}
		}, []ir.Result{{Value: 11}, sum(11), sum(13)}},
		{"gradients from two sides, a ReLU with a residual", "tvvttt", func() []ir.Instr {
			return []ir.Instr{op(mul, 0, 1), op(add, 6, 2), op(add, 7, 3), op(zero), positive(8, 9), op(add, 4, 5),
				op(where, 10, 9, 11)}
		}, []ir.Result{{Value: 12}, sum(12)}},
		{"sum of the product alone", "ttv", func() []ir.Instr {
			return []ir.Instr{op(sub, 0, 2), op(mul, 1, 3)}
		}, []ir.Result{sum(4)}},
		{"gradient of the input behind a ReLU", "tvvtvvvv", func() []ir.Instr {
			return []ir.Instr{
				op(mul, 0, 1), op(add, 8, 2), op(zero), positive(9, 10), op(where, 11, 10, 3),
				op(mul, 12, 4), op(sub, 0, 5), op(mul, 14, 6), op(add, 15, 7), op(add, 13, 16),
			}
		}, []ir.Result{{Value: 17}}},
	}
	for _, test := range tests {
		for _, dims := range [][]int{
			{3, 5, 16}, {700, 24}, {9, 2, 2100}, {5, 3, 37}, {6, 40, 16}, {3, 70, 100}, {2, 17, 2100},
		} {
			kinds := test.kinds
			if perSample := len(dims) > 2 && dims[1] >= 16; perSample {
				kinds = strings.ReplaceAll(kinds, "v", "s")
			}
			t.Run(fmt.Sprintf("%s %s %v", test.name, kinds, dims), func(t *testing.T) {
				plain := runGraph(t, loopGraph(dims, kinds, test.body(), test.results), 1)
				g := loopGraph(dims, kinds, test.body(), append([]ir.Result(nil), test.results...))
				before := g.String()
				passes.CombineBatchNorm(g)
				node := g.Outputs[0].Producer
				if len(node.Attrs.(*ir.Loop).Body) >= len(test.body()) {
					t.Fatalf("the pass changed nothing in\n%s", before)
				}
				for _, threads := range []int{1, 3} {
					got := runGraph(t, g, threads)
					for i := range plain {
						for k, want := range plain[i] {
							if d := math.Abs(float64(got[i][k] - want)); d > 1e-5*(1+math.Abs(float64(want))) {
								t.Fatalf("%d threads: result %d element %d is %g, want %g", threads, i, k, got[i][k], want)
							}
						}
					}
				}
			})
		}
	}
}
