package passes

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// MergeGroupedConvGradients makes one gradient of those that GoMLX's differentiation writes for each channel group of a
// convolution: the concatenation, along the channels, of gradients of slices. It follows RecognizeConvGradients.
func MergeGroupedConvGradients(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if n.Op != ir.Op(compute.OpTypeConcatenate) || n.Attrs.(ir.Concatenate).Axis != len(n.Outputs[0].Dims())-1 {
			return nil
		}
		first := n.Inputs[0].Producer
		if first.Op != ir.OpConvInputGrad && first.Op != ir.OpConvWeightGrad {
			return nil
		}
		var whole [2]*ir.Value
		for i, v := range n.Inputs {
			if v.Op() != first.Op || !sameConv(v.Producer.Attrs.(ir.Conv), first.Attrs.(ir.Conv)) {
				return nil
			}
			for k, operand := range v.Producer.Inputs {
				base := channelGroup(operand, i, len(n.Inputs))
				if base == nil || i > 0 && base != whole[k] {
					return nil
				}
				whole[k] = base
			}
		}
		grad := g.New(first.Op, grouped(first.Attrs.(ir.Conv), len(n.Inputs)), whole[:], n.Outputs[0].Shape)
		parts := slices.Clone(n.Inputs)
		grad.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			var gradients []compute.Value
			for _, v := range parts {
				var operands []compute.Value
				for k, operand := range v.Producer.Inputs {
					sliced, err := operand.Producer.Replay(f, in[k:k+1])
					if err != nil {
						return nil, err
					}
					operands = append(operands, sliced...)
				}
				part, err := v.Producer.Replay(f, operands)
				if err != nil {
					return nil, err
				}
				gradients = append(gradients, part...)
			}
			return n.Replay(f, gradients)
		}
		return grad.Outputs
	})
}

// channelGroup returns the value of which v is the slice number i of n equal ones along the last axis, or nil.
func channelGroup(v *ir.Value, i, n int) *ir.Value {
	if v.Op() != ir.Op(compute.OpTypeSlice) {
		return nil
	}
	base, at := v.Producer.Inputs[0], v.Producer.Attrs.(ir.Slice)
	last := len(base.Dims()) - 1
	for axis, d := range base.Dims() {
		from, to := 0, d
		if axis == last {
			from, to = i*d/n, (i+1)*d/n
		}
		if at.Starts[axis] != from || at.Limits[axis] != to || at.Strides[axis] != 1 {
			return nil
		}
	}
	if base.Dims()[last]%n != 0 {
		return nil
	}
	return base
}

// sameConv says that the gradients are of equal convolutions.
func sameConv(a, b ir.Conv) bool {
	return a.ChannelGroups == 1 && b.ChannelGroups == 1 && slices.Equal(a.Strides, b.Strides) &&
		slices.Equal(a.Paddings, b.Paddings) &&
		slices.Equal(a.KernelDilations, b.KernelDilations) && slices.Equal(a.InputDims, b.InputDims) &&
		slices.Equal(a.KernelDims, b.KernelDims) && slices.Equal(a.OutDims, b.OutDims)
}

// grouped describes the convolution whose channel groups are n convolutions like c.
func grouped(c ir.Conv, n int) ir.Conv {
	c.ChannelGroups = n
	for _, dims := range []*[]int{&c.InputDims, &c.KernelDims, &c.OutDims} {
		*dims = slices.Clone(*dims)
		(*dims)[len(*dims)-1] *= n
	}
	return c
}
