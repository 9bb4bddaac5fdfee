package engine_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/attention"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// TestPackedAttention compares self-attention of one packed tensor, and its gradient, with GoMLX's Go backend. Heads of
// 8 and of 20 elements go through the kernels' copies, those of 16 do not.
func TestPackedAttention(t *testing.T) {
	for _, dim := range []int{8, 16, 20} {
		dims := []int{2, 9, 3, 2, dim}
		x := make([]float32, 2*9*3*2*dim)
		for i := range x {
			x[i] = float32(math.Sin(float64(3 * i)))
		}
		run := func(b compute.Backend) (out [2][]float32) {
			exec, err := graph.NewExec(b, func(x *graph.Node) []*graph.Node {
				all := graph.AxisRange()
				part := func(i int) *graph.Node { return graph.Squeeze(graph.Slice(x, all, all, graph.AxisElem(i)), 2) }
				y, _ := attention.Core(part(0), part(1), part(2), attention.LayoutBSHD, attention.CoreOptions{})
				return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, graph.Sin(y))), x)[0]}
			})
			if err != nil {
				t.Fatal(err)
			}
			results, err := exec.Call(tensors.FromFlatDataAndDimensions(x, dims...))
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range results {
				out[i] = tensors.MustCopyFlatData[float32](r)
			}
			return out
		}
		want, got := run(reference.Backend()), run(newEngine(t, engine.Options{Threads: 2}))
		for i, name := range []string{"attention", "gradient"} {
			for j := range want[i] {
				if d := math.Abs(float64(want[i][j] - got[i][j])); !(d <= 2e-6) {
					t.Fatalf("%s of heads of %d elements: element %d is %v, want %v", name, dim, j, got[i][j], want[i][j])
				}
			}
		}
	}
}
