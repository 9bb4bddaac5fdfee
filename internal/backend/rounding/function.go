package rounding

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// function is one whose products and convolutions round.
type function struct {
	compute.Function
	builder *builder
}

// DotGeneral implements [compute.Function].
func (f *function) DotGeneral(
	a compute.Value, contractingA, batchA []int, b compute.Value, contractingB, batchB []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	ok, err := f.round(&a, &b)
	if err != nil {
		return nil, err
	}
	if ok {
		config.AccumulatorDType = dtypes.InvalidDType // that of the result
		if config.OutputDType == dtypes.InvalidDType {
			config.OutputDType = dtypes.Float32
		}
	}
	return f.Function.DotGeneral(a, contractingA, batchA, b, contractingB, batchB, config)
}

// ConvGeneral implements [compute.Function].
func (f *function) ConvGeneral(
	input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int,
) (compute.Value, error) {
	ok, err := f.round(&input, &kernel)
	if err != nil {
		return nil, err
	}
	result, err := f.Function.ConvGeneral(
		input, kernel, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups,
	)
	if err != nil || !ok {
		return result, err
	}
	return f.Function.ConvertDType(result, dtypes.Float32)
}

// round converts float32 to bfloat16; ok is false if a value is of another type.
func (f *function) round(values ...*compute.Value) (ok bool, err error) {
	for _, value := range values {
		shape, err := f.Function.Shape(*value)
		if err != nil || shape.DType != dtypes.Float32 {
			return false, err
		}
	}
	for _, value := range values {
		if *value, err = f.Function.ConvertDType(*value, dtypes.BFloat16); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Builder implements [compute.Function].
func (f *function) Builder() compute.Builder { return f.builder }

// Parent implements [compute.Function].
func (f *function) Parent() compute.Function {
	if parent := f.Function.Parent(); parent != nil {
		return &function{parent, f.builder}
	}
	return nil
}

// Closure implements [compute.Function].
func (f *function) Closure() (compute.Function, error) {
	made, err := f.Function.Closure()
	if err != nil {
		return nil, err
	}
	return &function{made, f.builder}, nil
}

// Call implements [compute.Function].
func (f *function) Call(called compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Call(below(called), inputs...)
}

// Sort implements [compute.Function].
func (f *function) Sort(
	comparator compute.Function, axis int, stable bool, inputs ...compute.Value,
) ([]compute.Value, error) {
	return f.Function.Sort(below(comparator), axis, stable, inputs...)
}

// While implements [compute.Function].
func (f *function) While(condition, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(below(condition), below(body), state...)
}

// If implements [compute.Function].
func (f *function) If(condition compute.Value, yes, no compute.Function) ([]compute.Value, error) {
	return f.Function.If(condition, below(yes), below(no))
}

// below is the function of the backend below.
func below(f compute.Function) compute.Function {
	if own, ok := f.(*function); ok {
		return own.Function
	}
	return f
}
