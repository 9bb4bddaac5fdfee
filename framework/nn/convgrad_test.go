package nn

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// The gradients by hand are those of GoMLX's differentiation, on the engine and on GoMLX's own backend.
func TestDepthwiseConvolutionsHaveTheGradientsOfConvolutionsInGroups(t *testing.T) {
	waves := func(seed int, dims ...int) *tensors.Tensor {
		size := 1
		for _, d := range dims {
			size *= d
		}
		values := make([]float32, size)
		for i := range values {
			values[i] = float32((i*i*seed+3*i)%37)/18 - 1
		}
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	for _, c := range []struct {
		height, width, size, stride int
		padding                     [][2]int
	}{
		{7, 9, 3, 1, [][2]int{{1, 1}, {1, 1}}},
		{8, 9, 3, 2, [][2]int{{1, 1}, {1, 1}}},
		{8, 7, 5, 2, [][2]int{{1, 2}, {2, 2}}},
		{9, 8, 3, 2, [][2]int{{0, 0}, {0, 1}}},
		{6, 6, 1, 1, [][2]int{{0, 0}, {0, 0}}},
		{7, 8, 7, 1, [][2]int{{3, 3}, {3, 3}}},
		{2, 3, 7, 1, [][2]int{{3, 3}, {3, 3}}},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			const channels = 5
			operands := func() (x, w *tensors.Tensor) {
				return waves(7, 2, c.height, c.width, channels), waves(5, c.size, c.size, 1, channels)
			}
			all := func(convolve func(x, w *graph.Node) *graph.Node) func(x, w *graph.Node) []*graph.Node {
				return func(x, w *graph.Node) []*graph.Node {
					y := convolve(x, w)
					loss := graph.ReduceAllSum(graph.Mul(y, graph.Sin(y)))
					return append(graph.Gradient(loss, x, w), y)
				}
			}
			byHand := all(func(x, w *graph.Node) *graph.Node { return convolve(x, w, c.stride, c.padding, channels) })
			inGroups := all(func(x, w *graph.Node) *graph.Node {
				return graph.Convolve(x, w).Strides(c.stride).PaddingPerDim(c.padding).ChannelGroupCount(channels).Done()
			})
			run := func(backend compute.Backend, f func(x, w *graph.Node) []*graph.Node) []*tensors.Tensor {
				x, w := operands()
				return graph.MustNewExec(backend, f).MustCall(x, w)
			}
			want := run(testbackend.Portable(t), inGroups)
			for name, backend := range bothBackends(t) {
				got := run(backend, byHand)
				for i, what := range []string{"gradient of the input", "gradient of the kernel", "output"} {
					golden.Near(t, name+": "+what, flat(got[i]), golden.List(flat(want[i])...), 1e-5)
				}
			}
		})
	}
}

// A kernel of an even size is one of an odd size with zeros at the end.
func TestGradientsOfEvenKernels(t *testing.T) {
	for _, c := range []struct{ size, stride, padding int }{{2, 2, 0}, {2, 1, 0}, {4, 4, 0}, {4, 2, 1}} {
		x := make([]float32, 2*8*9*3)
		for i := range x {
			x[i] = float32(i*i%37)/18 - 1
		}
		w := make([]float32, c.size*c.size*3*4)
		for i := range w {
			w[i] = float32(i*7%23)/11 - 1
		}
		run := func(backend compute.Backend, convolve func(x, w *graph.Node) *graph.Node) []*tensors.Tensor {
			return graph.MustNewExec(backend, func(x, w *graph.Node) []*graph.Node {
				y := convolve(x, w)
				return append(graph.Gradient(graph.ReduceAllSum(graph.Mul(y, graph.Sin(y))), x, w), y)
			}).MustCall(
				tensors.FromFlatDataAndDimensions(x, 2, 8, 9, 3), tensors.FromFlatDataAndDimensions(w, c.size, c.size, 3, 4),
			)
		}
		same := [][2]int{{c.padding, c.padding}, {c.padding, c.padding}}
		want := run(testbackend.Portable(t), func(x, w *graph.Node) *graph.Node {
			for axis := range 2 {
				shape := w.Shape().Clone()
				shape.Dimensions[axis] = 1
				w = graph.Concatenate([]*graph.Node{w, graph.Zeros(w.Graph(), shape)}, axis)
			}
			more := [][2]int{{c.padding, c.padding + 1}, {c.padding, c.padding + 1}}
			return graph.Convolve(x, w).Strides(c.stride).PaddingPerDim(more).Done()
		})
		for name, backend := range bothBackends(t) {
			got := run(backend, func(x, w *graph.Node) *graph.Node { return convolve(x, w, c.stride, same, 1) })
			for i, what := range []string{"gradient of the input", "gradient of the kernel", "output"} {
				golden.Near(t, fmt.Sprintf("%s, %+v: %s", name, c, what), flat(got[i]), golden.List(flat(want[i])...), 1e-5)
			}
		}
	}
}

func bothBackends(t *testing.T) map[string]compute.Backend {
	return map[string]compute.Backend{"engine": testbackend.New(t), "GoMLX": testbackend.Portable(t)}
}

func TestHardActivations(t *testing.T) {
	x := []float32{-4, -3, -1.5, 0, 1.5, 3, 5, 6.5}
	for name, c := range map[string]struct {
		of   Activation
		want []float32
	}{
		"ReLU6":       {ReLU6, []float32{0, 0, 0, 0, 1.5, 3, 5, 6}},
		"HardSigmoid": {HardSigmoid, []float32{0, 0, 0.25, 0.5, 0.75, 1, 1, 1}},
		"HardSwish":   {HardSwish, []float32{0, 0, -0.375, 0, 1.125, 3, 5, 6.5}},
	} {
		got := graph.MustNewExec(testbackend.New(t), func(x *graph.Node) *graph.Node { return c.of(x) }).MustCall(x)
		golden.Near(t, name, flat(got[0]), golden.List(c.want...), 1e-6)
	}
}

func TestSamePaddingIsTensorFlows(t *testing.T) {
	for _, c := range []struct {
		n, size, stride int
		want            [2]int
	}{{224, 3, 2, [2]int{0, 1}}, {225, 3, 2, [2]int{1, 1}}, {112, 5, 2, [2]int{1, 2}}, {15, 5, 2, [2]int{2, 2}},
		{7, 3, 1, [2]int{1, 1}}, {8, 1, 2, [2]int{0, 0}}} {
		cfg := ConvConfig{Stride: c.stride, Same: true}
		if got := cfg.padding(c.n, c.size); got != c.want {
			t.Errorf("%d pixels, kernels of %d, stride %d: padding %v, want %v", c.n, c.size, c.stride, got, c.want)
		}
	}
}
