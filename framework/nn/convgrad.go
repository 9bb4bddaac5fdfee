package nn

import (
	"github.com/gomlx/gomlx/core/graph"
)

// convolution is one whose gradients are written here and not left to GoMLX's differentiation: those channel by
// channel, which GoMLX would take apart into thousands of operations, one group after another, and those with kernels
// of an even size, whose gradient by the input it shifts by a pixel.
//
// Both gradients are one convolution: by the input, of the output's gradient, with the strides between its pixels, and
// the reversed kernel; by the kernel, of the input and the output's gradient, where the batch takes the place of the
// channels.
type convolution struct {
	stride    int
	padding   [][2]int
	depthwise bool
}

// differentiable convolves x [N,H,W,in] with weight [size,size,in,out], or, channel by channel, [size,size,1,in].
func (c convolution) differentiable(x, weight *graph.Node) *graph.Node {
	y := graph.Convolve(graph.StopGradient(x), graph.StopGradient(weight)).
		Strides(c.stride).PaddingPerDim(c.padding).ChannelGroupCount(c.groups(x)).Done()

	// Differentiation comes to the result first, then to the two operands, where it is handed what they need.
	var v *graph.Node
	ofX := graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node { return c.inputGradient(x, weight, v) })
	ofWeight := graph.IdentityWithCustomGradient(weight, func(_, _ *graph.Node) *graph.Node {
		return c.weightGradient(x, weight, v)
	})
	y = dependingOn(y, ofX, ofWeight)
	return graph.IdentityWithCustomGradient(y, func(_, ofOutput *graph.Node) *graph.Node {
		v = ofOutput
		return v
	})
}

func (c convolution) groups(x *graph.Node) int {
	if c.depthwise {
		return x.Shape().Dim(3)
	}
	return 1
}

func (c convolution) inputGradient(x, weight, v *graph.Node) *graph.Node {
	padding := make([][2]int, 2)
	for i := range padding {
		size, first := weight.Shape().Dim(i), weight.Shape().Dim(i)-1-c.padding[i][0]
		spread := (v.Shape().Dim(i+1)-1)*c.stride + 1
		padding[i] = [2]int{first, x.Shape().Dim(i+1) - spread - first + size - 1}
	}
	axes := graph.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2},
		KernelInputChannels: 3, KernelOutputChannels: 2, KernelSpatial: []int{0, 1},
		OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2},
	}
	if c.depthwise {
		axes.KernelInputChannels, axes.KernelOutputChannels = 2, 3
	}
	return graph.ConvGeneral(v, graph.Reverse(weight, 0, 1), axes, []int{1, 1}, padding,
		[]int{c.stride, c.stride}, []int{1, 1}, c.groups(x), 1)
}

func (c convolution) weightGradient(x, weight, v *graph.Node) *graph.Node {
	padding := make([][2]int, 2)
	for i := range padding {
		size, spread := weight.Shape().Dim(i), (v.Shape().Dim(i+1)-1)*c.stride+1
		padding[i] = [2]int{c.padding[i][0], size - 1 + spread - x.Shape().Dim(i+1) - c.padding[i][0]}
	}
	axes := graph.ConvolveAxesConfig{
		InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2},
		KernelInputChannels: 0, KernelOutputChannels: 3, KernelSpatial: []int{1, 2},
		OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1},
	}
	if c.depthwise { // the batch stays the last axis: GoMLX's backend divides it into groups wrongly where it moves
		axes.OutputBatch, axes.OutputChannels = 3, 2
	}
	gradient := graph.ConvGeneral(x, v, axes, []int{1, 1}, padding, []int{1, 1}, []int{c.stride, c.stride}, 1, c.groups(x))
	return graph.Reshape(gradient, weight.Shape().Dimensions...)
}

// dependingOn is y, which differentiation takes to depend on the operands. Their values do not matter: the engine
// sees that the condition always holds.
func dependingOn(y *graph.Node, operands ...*graph.Node) *graph.Node {
	tie := graph.ScalarZero(y.Graph(), y.DType())
	for _, x := range operands {
		first := make([]graph.SliceAxisSpec, x.Rank())
		for axis := range first {
			first[axis] = graph.AxisElem(0)
		}
		tie = graph.Add(tie, graph.Reshape(graph.Slice(x, first...)))
	}
	return graph.Where(graph.Const(y.Graph(), true), y, tie)
}
