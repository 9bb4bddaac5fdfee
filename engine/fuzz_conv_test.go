package engine_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// TestConvolutionsAgainstReference compares random convolutions, poolings and their gradients with GoMLX's Go backend.
func TestConvolutionsAgainstReference(t *testing.T) {
	backend := newEngine(t, engine.Options{})
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
		groups := draw("groups", 1, 3)
		in, out := groups*draw("in", 1, 5), groups*draw("out", 1, 9)
		switch rapid.SampledFrom([]string{"few channels", "depthwise", "many channels"}).Draw(t, "channels") {
		case "depthwise":
			groups = in
			out = in * draw("multiplier", 1, 2)
		case "many channels":
			groups, in, out = 1, draw("in", 14, 33), draw("out", 14, 33)
		}
		size := []int{draw("height", 3, 9), draw("width", 3, 9)}
		kernel := []int{draw("kernelHeight", 1, 5), draw("kernelWidth", 1, 5)}
		stride, dilation := draw("stride", 1, 3), 1
		if stride == 1 && size[0] > 5 && size[1] > 5 {
			dilation = draw("dilation", 1, 2)
		}
		pads := [][2]int{{draw("top", 0, 2), draw("bottom", 0, 2)}, {draw("left", 0, 2), draw("right", 0, 2)}}
		if rapid.Bool().Draw(t, "oneAxis") {
			size, kernel, pads = size[:1], kernel[:1], pads[:1]
		}
		pool := rapid.SampledFrom([]string{"none", "max", "mean", "sum"}).Draw(t, "pool")
		p := &program{}
		xDims := append(append([]int{draw("batch", 1, 4)}, size...), in)
		wDims := append(append([]int{}, kernel...), in/groups, out)
		p.inputs = append(p.inputs, float(xDims...), float(wDims...))
		p.names = []string{"convolution", pool}
		p.steps = append(p.steps, func(n []*graph.Node) *graph.Node {
			conv := graph.Convolve(n[0], n[1]).PaddingPerDim(pads)
			if stride > 1 {
				conv = conv.Strides(stride)
			}
			if dilation > 1 {
				conv = conv.Dilations(dilation)
			}
			if groups > 1 {
				conv = conv.ChannelGroupCount(groups)
			}
			return conv.Done()
		}, func(n []*graph.Node) *graph.Node {
			y := n[2]
			switch pool {
			case "max":
				return graph.MaxPool(y).Window(2).Strides(1).PadSame().Done()
			case "mean":
				return graph.MeanPool(y).Window(2).Strides(1).PadSame().Done()
			case "sum":
				return graph.SumPool(y).Window(2).Strides(1).PadSame().Done()
			}
			return graph.MulScalar(y, 0.5)
		})
		done, err := p.compare(backend, reference.Backend(), 1e-4, run{seed: 0}, run{seed: 1})
		if err != nil {
			t.Fatalf("x%v w%v stride %d dilation %d pads %v groups %d: %v", xDims, wDims, stride, dilation, pads, groups, err)
		}
		if !done {
			t.Skip("the Go backend cannot do it")
		}
	})
}
