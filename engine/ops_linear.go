package engine

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// DotGeneral implements compute.StandardOps.
func (f *Function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int,
	rhs compute.Value, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	attrs := ir.Dot{
		LHSContracting: slices.Clone(lhsContracting), LHSBatch: slices.Clone(lhsBatch),
		RHSContracting: slices.Clone(rhsContracting), RHSBatch: slices.Clone(rhsBatch),
		Accumulator: config.AccumulatorDType, Output: config.OutputDType,
	}
	return f.single(compute.OpTypeDotGeneral, attrs,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(
				f.DotGeneral(in[0], attrs.LHSContracting, attrs.LHSBatch, in[1], attrs.RHSContracting, attrs.RHSBatch, config),
			)
		}, lhs, rhs)
}

// ConvGeneral implements compute.StandardOps.
func (f *Function) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int,
	paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int) (compute.Value, error) {
	rank := len(axes.InputSpatial)
	attrs := ir.Conv{
		Axes:            axes.Clone(),
		Strides:         orOnes(strides, rank),
		Paddings:        append(slices.Clone(paddings), make([][2]int, max(0, rank-len(paddings)))...),
		InputDilations:  orOnes(inputDilations, rank),
		KernelDilations: orOnes(kernelDilations, rank),
		ChannelGroups:   max(1, channelGroups),
		BatchGroups:     max(1, batchGroups),
	}
	return f.single(compute.OpTypeConvGeneral, attrs,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(
				f.ConvGeneral(
					in[0], in[1], attrs.Axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups,
				),
			)
		}, input, kernel)
}

// ReduceWindow implements compute.StandardOps.
func (f *Function) ReduceWindow(x compute.Value, reduction compute.ReduceOpType,
	dims, strides, inputDilations, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	rank := len(dims)
	attrs := ir.Window{
		Reduce: reduction, Dims: slices.Clone(dims), Strides: slices.Clone(strides),
		InputDilations: orOnes(inputDilations, rank), WinDilations: orOnes(windowDilations, rank),
		Paddings: append(slices.Clone(paddings), make([][2]int, max(0, rank-len(paddings)))...),
	}
	if len(strides) == 0 {
		attrs.Strides = slices.Clone(dims)
	}
	return f.single(compute.OpTypeReduceWindow, attrs,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.ReduceWindow(in[0], reduction, dims, strides, inputDilations, windowDilations, paddings))
		}, x)
}

// SelectAndScatterMax implements compute.StandardOps.
func (f *Function) SelectAndScatterMax(
	x, source compute.Value, dims, strides []int, paddings [][2]int,
) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMax, compute.Function.SelectAndScatterMax, x, source, dims,
		strides, paddings)
}

// SelectAndScatterMin implements compute.StandardOps.
func (f *Function) SelectAndScatterMin(
	x, source compute.Value, dims, strides []int, paddings [][2]int,
) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMin, compute.Function.SelectAndScatterMin, x, source, dims,
		strides, paddings)
}

func (f *Function) selectAndScatter(op compute.OpType,
	declare func(
		f compute.Function, x, source compute.Value, dims, strides []int, paddings [][2]int,
	) (compute.Value, error),
	x, source compute.Value, dims, strides []int, paddings [][2]int) (compute.Value, error) {
	attrs := ir.Window{
		Dims: slices.Clone(dims), Strides: slices.Clone(strides),
		Paddings: append(slices.Clone(paddings), make([][2]int, max(0, len(dims)-len(paddings)))...),
	}
	if len(strides) == 0 {
		attrs.Strides = slices.Clone(dims)
	}
	return f.single(op, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(declare(f, in[0], in[1], dims, strides, paddings))
	}, x, source)
}

func orOnes(xs []int, n int) []int {
	if len(xs) == 0 {
		return slices.Repeat([]int{1}, n)
	}
	return slices.Clone(xs)
}
