package engine

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Gather implements compute.StandardOps.
func (f *Function) Gather(operand, indices compute.Value, indexVectorAxis int,
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, sorted bool) (compute.Value, error) {
	attrs := ir.Gather{
		IndexVectorAxis: indexVectorAxis, OffsetOutputAxes: slices.Clone(offsetOutputAxes),
		CollapsedSliceAxes: slices.Clone(collapsedSliceAxes), StartIndexMap: slices.Clone(startIndexMap),
		Sizes: slices.Clone(sliceSizes),
	}
	return f.single(compute.OpTypeGather, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(
			f.Gather(in[0], in[1], attrs.IndexVectorAxis, attrs.OffsetOutputAxes, attrs.CollapsedSliceAxes, attrs.StartIndexMap,
				attrs.Sizes, sorted),
		)
	}, operand, indices)
}

type scatterOp func(f compute.Function, operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, indexAxes []int, sorted, unique bool) (compute.Value, error)

// ScatterSum implements compute.StandardOps.
func (f *Function) ScatterSum(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, indexAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterSum, compute.Function.ScatterSum, operand, indices, updates, indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, indexAxes, sorted, unique)
}

// ScatterMax implements compute.StandardOps.
func (f *Function) ScatterMax(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, indexAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMax, compute.Function.ScatterMax, operand, indices, updates, indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, indexAxes, sorted, unique)
}

// ScatterMin implements compute.StandardOps.
func (f *Function) ScatterMin(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, indexAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMin, compute.Function.ScatterMin, operand, indices, updates, indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, indexAxes, sorted, unique)
}

func (f *Function) scatter(op compute.OpType, declare scatterOp, operand, indices, updates compute.Value,
	indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, indexAxes []int, sorted, unique bool) (compute.Value, error) {
	attrs := ir.Scatter{
		IndexVectorAxis: indexVectorAxis, UpdateWindowAxes: slices.Clone(updateWindowAxes),
		InsertedWindowAxes: slices.Clone(insertedWindowAxes), IndexAxes: slices.Clone(indexAxes),
	}
	return f.single(op, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(
			declare(f, in[0], in[1], in[2], attrs.IndexVectorAxis, attrs.UpdateWindowAxes, attrs.InsertedWindowAxes,
				attrs.IndexAxes, sorted, unique),
		)
	}, operand, indices, updates)
}

// RNGBitGenerator implements compute.StandardOps.
func (f *Function) RNGBitGenerator(
	state compute.Value, shape shapes.Shape,
) (newState, values compute.Value, err error) {
	outputs, err := f.record(ir.Op(compute.OpTypeRNGBitGenerator), nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			state, values, err := f.RNGBitGenerator(in[0], shape)
			return []compute.Value{state, values}, err
		}, state)
	if err != nil {
		return nil, nil, err
	}
	return outputs[0], outputs[1], nil
}
