package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// RecognizeConvGradients finds the two forms that GoMLX's differentiation gives the gradients of a convolution of
// channels-last images and replaces them by ConvInputGrad and ConvWeightGrad:
//
//   - by the input: a convolution of the output gradient, dilated by the stride, with the kernel reversed and its two
//     channel axes exchanged;
//   - by the kernel: a convolution of the input with the output gradient as kernel, batch and channel axes exchanged.
//
// In the gradients of a convolution channel by channel, as package nn writes them, every channel is a group: of the
// channels by the input, where no axes need to be exchanged, and of the batch, which the channels are, by the kernel.
func RecognizeConvGradients(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if n.Op != ir.Op(compute.OpTypeConvGeneral) {
			return nil
		}
		c := n.Attrs.(ir.Conv)
		if n.Outputs[0].Shape.DType != dtypes.Float32 || len(c.Strides) != 2 {
			return nil
		}
		if forward, kernel, ok := inputGradient(n, c); ok {
			grad := g.New(ir.OpConvInputGrad, forward, []*ir.Value{n.Inputs[0], kernel}, n.Outputs[0].Shape)
			grad.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				reversed, err := f.Reverse(in[1], 0, 1)
				if err != nil {
					return nil, err
				}
				return n.Replay(f, []compute.Value{in[0], reversed})
			}
			return grad.Outputs
		}
		if forward, ok := weightGradient(n, c); ok {
			of := n.Outputs[0].Shape
			if forward.ChannelGroups == 1 {
				grad := g.New(ir.OpConvWeightGrad, forward, n.Inputs, of)
				grad.Replay = n.Replay
				return grad.Outputs
			}
			grad := g.New(ir.OpConvWeightGrad, forward, n.Inputs, shapes.Make(of.DType, forward.KernelDims...))
			grad.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
				byChannel, err := n.Replay(f, in)
				if err != nil {
					return nil, err
				}
				kernel, err := f.Reshape(byChannel[0], forward.KernelDims...)
				return []compute.Value{kernel}, err
			}
			return g.New(ir.Op(compute.OpTypeReshape), nil, grad.Outputs, of).Outputs
		}
		return nil
	})
}

func inputGradient(n *ir.Node, c ir.Conv) (forward ir.Conv, kernel *ir.Value, ok bool) {
	kernel = n.Inputs[1]
	dims := kernel.Dims()
	depthwise := c.ChannelGroups > 1 && c.ChannelGroups == dims[len(dims)-1] && c.ChannelGroups == n.Outputs[0].Dims()[3]
	want := compute.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2},
		KernelInputChannels: 3, KernelOutputChannels: 2, KernelSpatial: []int{0, 1},
		OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2},
	}
	if depthwise {
		want.KernelInputChannels, want.KernelOutputChannels = 2, 3
	}
	if !equalAxes(c.Axes, want) || !allOnes(c.Strides) || c.BatchGroups != 1 || c.ChannelGroups != 1 && !depthwise {
		return forward, nil, false
	}
	if kernel.Op() == ir.Op(compute.OpTypeReverse) && slices.Equal(kernel.Producer.Attrs.(ir.Axes).Axes, []int{0, 1}) {
		kernel = kernel.Producer.Inputs[0]
	} else if dims[0] != 1 || dims[1] != 1 {
		return forward, nil, false
	}
	forward = ForwardConv(c.InputDilations, c.KernelDilations, n.Outputs[0].Dims(), dims, n.Inputs[0].Dims())
	forward.ChannelGroups = c.ChannelGroups
	for i := range 2 {
		forward.Paddings[i][0] = (dims[i]-1)*c.KernelDilations[i] - c.Paddings[i][0]
	}
	return forward, kernel, completePadding(&forward)
}

func weightGradient(n *ir.Node, c ir.Conv) (forward ir.Conv, ok bool) {
	want := compute.ConvolveAxesConfig{
		InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2},
		KernelInputChannels: 0, KernelOutputChannels: 3, KernelSpatial: []int{1, 2},
		OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1},
	}
	dims := n.Outputs[0].Dims()
	depthwise := c.BatchGroups > 1 && c.BatchGroups == n.Inputs[0].Dims()[3] && c.BatchGroups == dims[2] && dims[3] == 1
	if depthwise {
		want.OutputBatch, want.OutputChannels = 3, 2
		dims = []int{dims[0], dims[1], 1, dims[2]}
	}
	if !equalAxes(c.Axes, want) || !allOnes(c.InputDilations) || c.ChannelGroups != 1 || c.BatchGroups != 1 && !depthwise {
		return forward, false
	}
	forward = ForwardConv(c.KernelDilations, c.Strides, n.Inputs[0].Dims(), dims, n.Inputs[1].Dims())
	forward.ChannelGroups = c.BatchGroups
	for i := range 2 {
		forward.Paddings[i][0] = c.Paddings[i][0]
	}
	return forward, completePadding(&forward)
}

// ForwardConv describes a convolution of channels-last images, without padding.
func ForwardConv(strides, dilations, input, kernel, output []int) ir.Conv {
	return ir.Conv{
		Axes: compute.ConvolveAxesConfig{
			InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2},
			KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
			OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2},
		},
		Strides: strides, KernelDilations: dilations, InputDilations: []int{1, 1}, Paddings: make([][2]int, 2),
		ChannelGroups: 1, BatchGroups: 1,
		InputDims: input, KernelDims: kernel, OutDims: output,
	}
}

// completePadding finds the padding at the end from the sizes and the padding at the start. It is false if there is
// none.
func completePadding(c *ir.Conv) bool {
	for i := range 2 {
		size, out, start := c.InputDims[i+1], c.OutDims[i+1], c.Paddings[i][0]
		window := (c.KernelDims[i]-1)*c.KernelDilations[i] + 1
		end := max(0, (out-1)*c.Strides[i]+window-size-start)
		if start < 0 || (size+start+end-window)/c.Strides[i]+1 != out {
			return false
		}
		c.Paddings[i][1] = end
	}
	return true
}

func equalAxes(a, b compute.ConvolveAxesConfig) bool {
	return a.InputBatch == b.InputBatch && a.InputChannels == b.InputChannels &&
		slices.Equal(a.InputSpatial, b.InputSpatial) &&
		a.KernelInputChannels == b.KernelInputChannels && a.KernelOutputChannels == b.KernelOutputChannels &&
		slices.Equal(a.KernelSpatial, b.KernelSpatial) &&
		a.OutputBatch == b.OutputBatch && a.OutputChannels == b.OutputChannels &&
		slices.Equal(a.OutputSpatial, b.OutputSpatial)
}

func allOnes(xs []int) bool {
	return !slices.ContainsFunc(xs, func(x int) bool { return x != 1 })
}
