package exec

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/conv"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

const sizeOfFloat32 = 4

// lowerConv runs forward convolutions of channels-last tensors with one or two spatial axes.
func lowerConv(rt *Runtime, n *ir.Node) *kernel {
	c := n.Attrs.(ir.Conv)
	if !channelsLast(c.Axes) || c.BatchGroups != 1 {
		return nil
	}
	for _, d := range c.InputDilations {
		if d != 1 {
			return nil
		}
	}
	c.InputDims, c.KernelDims, c.OutDims = n.Inputs[0].Dims(), n.Inputs[1].Dims(), n.Outputs[0].Dims()
	spec, ok := convSpec(rt, c)
	switch {
	case !ok:
		return nil
	case allBFloat16(n):
		return bfloat16Conv(rt, n, spec)
	case !allFloat32(n):
		return nil
	}
	forward, err := conv.NewForward(spec, rt.convolution())
	if err != nil {
		return nil
	}
	kernels := &packer{size: forward.PackedSize(), pack: forward.Pack}
	return &kernel{
		traits: plan.Traits{Scratch: sizeOfFloat32 * (kernels.size + forward.ScratchSize(rt.pool.Threads()))},
		run: func(c *call) error {
			packed, scratch := kernels.packed(c, 1)
			forward.Run(c.pool, f32(c.out[0]), f32(c.in[0]), packed, scratch)
			return nil
		},
	}
}

func lowerConvInputGrad(rt *Runtime, n *ir.Node) *kernel {
	spec, ok := convSpec(rt, n.Attrs.(ir.Conv))
	if !ok || !allFloat32(n) {
		return nil
	}
	grad, err := conv.NewInputGrad(spec, rt.convolution())
	if err != nil {
		return nil
	}
	kernels := &packer{size: grad.PackedSize(), pack: grad.Pack}
	return &kernel{
		traits: plan.Traits{Scratch: sizeOfFloat32 * (kernels.size + grad.ScratchSize(rt.pool.Threads()))},
		run: func(c *call) error {
			packed, scratch := kernels.packed(c, 1)
			grad.Run(c.pool, f32(c.out[0]), f32(c.in[0]), packed, scratch)
			return nil
		},
	}
}

func lowerConvWeightGrad(rt *Runtime, n *ir.Node) *kernel {
	spec, ok := convSpec(rt, n.Attrs.(ir.Conv))
	if !ok || !allFloat32(n) {
		return nil
	}
	grad, err := conv.NewWeightGrad(spec, rt.convolution())
	if err != nil {
		return nil
	}
	return &kernel{
		traits: plan.Traits{Scratch: sizeOfFloat32 * grad.ScratchSize(rt.pool.Threads())},
		run: func(c *call) error {
			grad.Run(c.pool, f32(c.out[0]), f32(c.in[0]), f32(c.in[1]), f32(c.scratch))
			return nil
		},
	}
}

// convolution returns the options of convolutions.
func (rt *Runtime) convolution() conv.Options {
	return conv.Options{Exact: rt.config.Exact, BFloat16: rt.config.BFloat16}
}

// channelsLast says that images are [N, spatial..., C] and kernels [spatial..., I, O].
func channelsLast(a compute.ConvolveAxesConfig) bool {
	rank := len(a.InputSpatial)
	if a.InputBatch != 0 || a.InputChannels != rank+1 || a.OutputBatch != 0 || a.OutputChannels != rank+1 ||
		a.KernelInputChannels != rank || a.KernelOutputChannels != rank+1 {
		return false
	}
	for i := range rank {
		if a.InputSpatial[i] != i+1 || a.OutputSpatial[i] != i+1 || a.KernelSpatial[i] != i {
			return false
		}
	}
	return true
}

// convSpec describes a channels-last convolution to the kernels; one spatial axis becomes an image of one row.
func convSpec(rt *Runtime, c ir.Conv) (conv.Spec, bool) {
	rank := len(c.Strides)
	if rank != 1 && rank != 2 {
		return conv.Spec{}, false
	}
	last := rank - 1
	spec := conv.Spec{
		N: c.InputDims[0], H: 1, W: c.InputDims[rank], C: c.InputDims[rank+1],
		KH: 1, KW: c.KernelDims[last], O: c.KernelDims[rank+1],
		StrideH: 1, StrideW: c.Strides[last],
		PadLeft: c.Paddings[last][0], PadRight: c.Paddings[last][1],
		DilationH: 1, DilationW: c.KernelDilations[last],
		Groups: c.ChannelGroups, Threads: rt.pool.Threads(),
	}
	if rank == 2 {
		spec.H, spec.KH, spec.StrideH, spec.DilationH = c.InputDims[1], c.KernelDims[0], c.Strides[0], c.KernelDilations[0]
		spec.PadTop, spec.PadBottom = c.Paddings[0][0], c.Paddings[0][1]
	}
	if spec.Validate() != nil || spec.OutW() != c.OutDims[rank] || (rank == 2 && spec.OutH() != c.OutDims[1]) {
		return conv.Spec{}, false
	}
	return spec, true
}
