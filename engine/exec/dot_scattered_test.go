package exec

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Products whose axes lie apart are those of the definition, and are not left to the reference.
func TestScatteredDot(t *testing.T) {
	for _, test := range []struct {
		lhs, rhs, out []int
		dot           ir.Dot
	}{
		{[]int{3, 2, 4, 5}, []int{4, 6, 7, 3}, []int{2, 5, 6, 7},
			ir.Dot{LHSContracting: []int{0, 2}, RHSContracting: []int{3, 0}}},
		{[]int{3, 2, 4, 5}, []int{4, 2, 6, 3}, []int{2, 5, 6}, ir.Dot{
			LHSBatch: []int{1}, RHSBatch: []int{1}, LHSContracting: []int{2, 0}, RHSContracting: []int{0, 3},
		}},
		{[]int{3, 4, 2}, []int{3, 2, 4}, []int{}, ir.Dot{LHSContracting: []int{0, 1, 2}, RHSContracting: []int{0, 2, 1}}},
	} {
		t.Run(fmt.Sprint(test.dot), func(t *testing.T) {
			g := &ir.Graph{}
			for i, dims := range [][]int{test.lhs, test.rhs} {
				g.Params = append(
					g.Params, g.New(
						ir.Op(compute.OpTypeParameter), ir.Parameter{Index: i}, nil, shapes.Make(dtypes.Float32, dims...),
					).Outputs[0],
				)
			}
			n := g.New(ir.Op(compute.OpTypeDotGeneral), test.dot, g.Params, shapes.Make(dtypes.Float32, test.out...))
			g.Outputs = n.Outputs
			if _, ok := dotSpec(test.dot, test.lhs, test.rhs); ok {
				t.Fatal("the axes are not scattered")
			}
			if lowerDot(newRuntime(t), n) == nil {
				t.Fatal("no kernel")
			}
			want := dotReference(test.dot, test.lhs, test.rhs, product(test.out))
			got := runGraph(t, g, 2)[0]
			for i := range want {
				if math.Abs(float64(got[i])-want[i]) > 1e-5 {
					t.Fatalf("element %d is %g, want %g", i, got[i], want[i])
				}
			}
		})
	}
}

// dotReference multiplies the operands that runGraph makes, pair of elements by pair.
func dotReference(d ir.Dot, lhs, rhs []int, size int) []float64 {
	out := make([]float64, size)
	place := func(dims []int, i int) []int {
		index := make([]int, len(dims))
		for k := len(dims) - 1; k >= 0; k-- {
			index[k], i = i%dims[k], i/dims[k]
		}
		return index
	}
	contains := slices.Contains[[]int]
	for i := range product(lhs) {
		for k := range product(rhs) {
			a, b := place(lhs, i), place(rhs, k)
			same := true
			for j, axis := range d.LHSContracting {
				same = same && a[axis] == b[d.RHSContracting[j]]
			}
			for j, axis := range d.LHSBatch {
				same = same && a[axis] == b[d.RHSBatch[j]]
			}
			if !same {
				continue
			}
			at := 0
			for _, axis := range d.LHSBatch {
				at = at*lhs[axis] + a[axis]
			}
			for axis, dim := range lhs {
				if !contains(d.LHSBatch, axis) && !contains(d.LHSContracting, axis) {
					at = at*dim + a[axis]
				}
			}
			for axis, dim := range rhs {
				if !contains(d.RHSBatch, axis) && !contains(d.RHSContracting, axis) {
					at = at*dim + b[axis]
				}
			}
			x := func(param, i int) float64 { return float64(float32(math.Sin(float64((param+1)*i) * 1.3))) }
			out[at] += x(0, i) * x(1, k)
		}
	}
	return out
}
