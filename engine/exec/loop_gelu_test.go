package exec

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// The operands of GELU's gradient may have an element for the whole loop, for each row or for each column.
func TestGeluInstructions(t *testing.T) {
	instr := func(op ir.Op, args ...int) ir.Instr { return ir.Instr{Op: op, DType: dtypes.Float32, Args: args} }
	normal := func(x float64) float64 { return (1 + math.Erf(x/math.Sqrt2)) / 2 }
	slope := func(x float64) float64 { return normal(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) }
	for _, dims := range [][]int{{7, 33}, {3, 2500}} {
		body := []ir.Instr{
			instr(ir.OpGelu, 0), instr(ir.OpGeluGrad, 0, 1), instr(ir.OpGeluGrad, 0, 2),
			{Op: ir.Op(compute.OpTypeConstant), DType: dtypes.Float32, Scalar: -0.75}, instr(ir.OpGeluGrad, 0, 6),
			instr(ir.OpGeluGrad, 6, 0), instr(ir.Op(compute.OpTypeReduceMax), 0), instr(ir.OpGeluGrad, 0, 9),
			instr(ir.OpGeluGrad, 9, 0),
		}
		var results []ir.Result
		for _, v := range []int{3, 4, 5, 7, 8, 10, 11} {
			results = append(results, ir.Result{Value: v})
		}
		g := loopGraph(dims, "ttv", body, results)
		g.Outputs[0].Producer.Attrs.(*ir.Loop).Split = 1
		rows, cols := dims[0], dims[1]
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprint(dims, " threads ", threads), func(t *testing.T) {
				got := runGraph(t, g, threads)
				for r := range rows {
					x := func(c int) float64 { return float64(float32(math.Sin(float64(r*cols+c) * 1.3))) }
					greatest := math.Inf(-1)
					for c := range cols {
						greatest = max(greatest, x(c))
					}
					for c := range cols {
						i := r*cols + c
						full, column := math.Sin(float64(2*i)*1.3), math.Sin(float64(3*c)*1.3)
						for k, want := range []float64{
							x(c) * normal(x(c)), full * slope(x(c)), column * slope(x(c)), -0.75 * slope(x(c)), x(c) * slope(-0.75),
							greatest * slope(x(c)), x(c) * slope(greatest),
						} {
							if d := math.Abs(float64(got[k][i]) - want); d > 5e-7 {
								t.Fatalf("result %d element %d is %g, want %g", k, i, got[k][i], want)
							}
						}
					}
				}
			})
		}
	}
}
