package engine

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// single records an op with one output.
func (f *Function) single(
	op compute.OpType, attrs any, replay ir.Replay, operands ...compute.Value,
) (compute.Value, error) {
	outputs, err := f.record(ir.Op(op), attrs, replay, operands...)
	if err != nil {
		return nil, err
	}
	return outputs[0], nil
}

// Reshape implements compute.StandardOps.
func (f *Function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	return f.single(compute.OpTypeReshape, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Reshape(in[0], dimensions...))
	}, x)
}

// Transpose implements compute.StandardOps.
func (f *Function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	attrs := ir.Transpose{Permutation: slices.Clone(permutation)}
	return f.single(compute.OpTypeTranspose, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Transpose(in[0], attrs.Permutation...))
	}, x)
}

// BroadcastInDim implements compute.StandardOps. Axes that come out in another order are transposed first: the Go
// backend leaves them in theirs.
func (f *Function) BroadcastInDim(x compute.Value, output shapes.Shape, axes []int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	if len(axes) == shape.Rank() && !slices.IsSorted(axes) {
		order := make([]int, len(axes))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return axes[a] - axes[b] })
		if x, err = f.Transpose(x, order...); err != nil {
			return nil, err
		}
		axes = slices.Sorted(slices.Values(axes))
	}
	attrs := ir.Broadcast{Axes: slices.Clone(axes)}
	return f.single(compute.OpTypeBroadcastInDim, attrs,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.BroadcastInDim(in[0], output, attrs.Axes))
		}, x)
}

// Slice implements compute.StandardOps.
func (f *Function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	for axis, limit := range limits {
		// The reference does not check what would be read beyond the end.
		if axis < shape.Rank() && shape.Dimensions[axis] != shapes.DynamicDim && limit > shape.Dimensions[axis] {
			return nil, errors.Errorf("Slice: limit %d of axis %d is beyond the end of %s", limit, axis, shape)
		}
	}
	attrs := ir.Slice{Starts: slices.Clone(starts), Limits: slices.Clone(limits), Strides: slices.Clone(strides)}
	if len(strides) == 0 {
		attrs.Strides = slices.Repeat([]int{1}, len(starts))
	}
	return f.single(compute.OpTypeSlice, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Slice(in[0], starts, limits, strides))
	}, x)
}

// Concatenate implements compute.StandardOps.
func (f *Function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeConcatenate, ir.Concatenate{Axis: axis},
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.Concatenate(axis, in...))
		}, operands...)
}

// Pad implements compute.StandardOps.
func (f *Function) Pad(x, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	all := make([]compute.PadAxis, max(shape.Rank(), len(axes)))
	copy(all, axes)
	return f.single(compute.OpTypePad, ir.Pad{Axes: all},
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.Pad(in[0], in[1], axes...))
		}, x, fill)
}

// Reverse implements compute.StandardOps.
func (f *Function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	attrs := ir.Axes{Axes: slices.Clone(axes)}
	return f.single(compute.OpTypeReverse, attrs, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Reverse(in[0], attrs.Axes...))
	}, x)
}

// Iota implements compute.StandardOps. One of several axes is that of its axis alone, repeated: a constant however
// large the shape is.
func (f *Function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	if shape.Rank() > 1 && axis >= 0 && axis < shape.Rank() && shape.Size() > shape.Dim(axis) {
		line, err := f.Iota(shapes.Make(shape.DType, shape.Dim(axis)), 0)
		if err != nil {
			return nil, err
		}
		return f.BroadcastInDim(line, shape, []int{axis})
	}
	return f.single(compute.OpTypeIota, ir.Iota{Axis: axis},
		func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
			return singleResult(f.Iota(shape, axis))
		})
}

// ConvertDType implements compute.StandardOps.
func (f *Function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.single(compute.OpTypeConvertDType, nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.ConvertDType(in[0], dtype))
		}, x)
}

// Bitcast implements compute.StandardOps.
func (f *Function) Bitcast(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.single(compute.OpTypeBitcast, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Bitcast(in[0], dtype))
	}, x)
}

// Where implements compute.StandardOps.
func (f *Function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeWhere, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Where(in[0], in[1], in[2]))
	}, condition, onTrue, onFalse)
}

// Clamp implements compute.StandardOps.
func (f *Function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeClamp, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Clamp(in[0], in[1], in[2]))
	}, low, x, high)
}

// DynamicReshape implements compute.StandardOps.
func (f *Function) DynamicReshape(x compute.Value, dimensions ...compute.DynamicDimensionSpec) (compute.Value, error) {
	operands := []compute.Value{x}
	for _, d := range dimensions {
		if d.Value != nil {
			operands = append(operands, d.Value)
		}
	}
	return f.single(compute.OpTypeReshape, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		specs, sizes := slices.Clone(dimensions), in[1:]
		for i := range specs {
			if specs[i].Value != nil {
				specs[i].Value, sizes = sizes[0], sizes[1:]
			}
		}
		return singleResult(f.DynamicReshape(in[0], specs...))
	}, operands...)
}

// DynamicShape implements compute.StandardOps.
func (f *Function) DynamicShape(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeDynamicShape, compute.Function.DynamicShape, x)
}

// DynamicDimensionSize implements compute.StandardOps.
func (f *Function) DynamicDimensionSize(x compute.Value, axis int) (compute.Value, error) {
	return f.single(compute.OpTypeDynamicDimensionSize, nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.DynamicDimensionSize(in[0], axis))
		}, x)
}

// OptimizationBarrier implements compute.StandardOps.
func (f *Function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	outputs, err := f.record(ir.Op(compute.OpTypeOptimizationBarrier), nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return f.OptimizationBarrier(in...)
		}, operands...)
	return publish(outputs), err
}

// SchedulingBarrier implements compute.StandardOps.
func (f *Function) SchedulingBarrier(x compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeSchedulingBarrier, nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.SchedulingBarrier(in[0], in[1:]...))
		}, append([]compute.Value{x}, dependencies...)...)
}

// AllReduce is an error: there is one device.
func (f *Function) AllReduce([]compute.Value, compute.ReduceOpType, [][]int) ([]compute.Value, error) {
	return nil, errors.Wrapf(notImplemented(compute.OpTypeAllReduce), "the engine has one device")
}
