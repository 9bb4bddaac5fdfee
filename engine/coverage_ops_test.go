package engine_test

import (
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

type (
	fn     = compute.Function
	values = []compute.Value
)

// casesOf returns the cases of an op: those of opCases or, for ops of one operand, of two and for reductions, the usual
// ones.
func casesOf(method reflect.Method) []opCase {
	if cases := opCases[method.Name]; cases != nil {
		return cases
	}
	bound := func(f fn) any { return reflect.ValueOf(f).MethodByName(method.Name).Interface() }
	switch reflect.Zero(method.Type).Interface().(type) {
	case func(compute.Value) (compute.Value, error):
		build := func(f fn, in values) (values, error) {
			return first(bound(f).(func(compute.Value) (compute.Value, error))(in[0]))
		}
		return []opCase{{[]shapes.Shape{of(3, 70)}, build}, {[]shapes.Shape{of()}, build}}
	case func(compute.Value, compute.Value) (compute.Value, error):
		build := func(f fn, in values) (values, error) {
			return first(bound(f).(func(a, b compute.Value) (compute.Value, error))(in[0], in[1]))
		}
		var cases []opCase
		for _, operands := range [][]shapes.Shape{
			{of(3, 70), of(3, 70)}, {of(3, 70), of()}, {of(), of(3, 70)}, {of(3, 70), of(1, 70)}, {of(3, 1), of(3, 70)},
		} {
			cases = append(cases, opCase{operands, build})
		}
		return cases
	case func(compute.Value, ...int) (compute.Value, error):
		var cases []opCase
		for _, axes := range [][]int{nil, {0}, {1}, {2}, {0, 2}, {1, 2}} {
			cases = append(cases, opCase{[]shapes.Shape{of(3, 4, 5)}, func(f fn, in values) (values, error) {
				return first(bound(f).(func(x compute.Value, axes ...int) (compute.Value, error))(in[0], axes...))
			}})
		}
		return cases
	}
	return nil
}

func first(v compute.Value, err error) (values, error) { return values{v}, err }

func three(a, b, c compute.Value, err error) (values, error) { return values{a, b, c}, err }

func int32s(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }

func bools(dims ...int) shapes.Shape { return shapes.Make(dtypes.Bool, dims...) }

// scatter is an op that scatters rows.
type scatter func(
	f fn, operand, indices, updates compute.Value, vector int, window, inserted, axes []int, sorted, unique bool,
) (compute.Value, error)

func scatterCases(op scatter) []opCase {
	return []opCase{
		{[]shapes.Shape{of(6, 3), int32s(4, 1), of(4, 3)}, func(f fn, in values) (values, error) {
			return first(op(f, in[0], in[1], in[2], 1, []int{1}, []int{0}, []int{0}, false, false))
		}},
		{[]shapes.Shape{of(6, 3), int32s(4, 1), of(3, 4)}, func(f fn, in values) (values, error) {
			return first(op(f, in[0], in[1], in[2], 1, []int{0}, []int{0}, []int{0}, false, false))
		}},
		{[]shapes.Shape{of(5, 5, 2), int32s(4, 2), of(4, 2)}, func(f fn, in values) (values, error) {
			return first(op(f, in[0], in[1], in[2], 1, []int{1}, []int{0, 1}, []int{1, 0}, false, false))
		}},
	}
}

// window is an op that spreads the gradient of a pooling.
type window func(f fn, x, source compute.Value, dims, strides []int, paddings [][2]int) (compute.Value, error)

func selectCases(op window) []opCase {
	return []opCase{
		{[]shapes.Shape{of(2, 6, 6, 3), of(2, 3, 3, 3)}, func(f fn, in values) (values, error) {
			return first(op(f, in[0], in[1], []int{1, 2, 2, 1}, []int{1, 2, 2, 1}, nil))
		}},
		{[]shapes.Shape{of(7), of(7)}, func(f fn, in values) (values, error) {
			return first(op(f, in[0], in[1], []int{3}, []int{1}, [][2]int{{1, 1}}))
		}},
	}
}

func convCase(
	input, kernel []int, strides []int, paddings [][2]int, inputDilations, kernelDilations []int, groups, batchGroups int,
) opCase {
	spatial := []int{1, 2}
	axes := compute.ConvolveAxesConfig{
		InputChannels: 3, InputSpatial: spatial, KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
		OutputChannels: 3, OutputSpatial: spatial,
	}
	return opCase{[]shapes.Shape{of(input...), of(kernel...)}, func(f fn, in values) (values, error) {
		return first(
			f.ConvGeneral(in[0], in[1], axes, strides, paddings, inputDilations, kernelDilations, groups, batchGroups),
		)
	}}
}

func dotCase(
	lhs, rhs shapes.Shape, lhsContracting, lhsBatch, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig,
) opCase {
	return opCase{[]shapes.Shape{lhs, rhs}, func(f fn, in values) (values, error) {
		return first(f.DotGeneral(in[0], lhsContracting, lhsBatch, in[1], rhsContracting, rhsBatch, config))
	}}
}

func windowCase(
	reduce compute.ReduceOpType, dims []int, size, strides, inputDilations, windowDilations []int, paddings [][2]int,
) opCase {
	return opCase{[]shapes.Shape{of(dims...)}, func(f fn, in values) (values, error) {
		return first(f.ReduceWindow(in[0], reduce, size, strides, inputDilations, windowDilations, paddings))
	}}
}

// maskedAttention has 3 heads, 5 queries and 7 keys.
func maskedAttention(layout compute.AttentionAxesLayout, mask shapes.Shape) opCase {
	heads := func(seq int) shapes.Shape {
		if layout == compute.AttentionAxesLayoutBSHD {
			return of(2, seq, 3, 4)
		}
		return of(2, 3, seq, 4)
	}
	return opCase{[]shapes.Shape{heads(5), heads(7), heads(7), mask}, func(f fn, in values) (values, error) {
		out, _, err := f.FusedScaledDotProductAttention(
			in[0], in[1], in[2], layout, &compute.ScaledDotProductAttentionConfig{Mask: in[3]},
		)
		return values{out}, err
	}}
}

func attentionOperands() []shapes.Shape {
	return []shapes.Shape{of(2, 2, 5, 4), of(2, 2, 7, 4), of(2, 2, 7, 4)}
}

// opCases are the cases of ops with arguments of their own.
var opCases = map[string][]opCase{
	"ArgMinMax": {
		{[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.ArgMinMax(in[0], 1, dtypes.Int32, false))
		}},
		{[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.ArgMinMax(in[0], 0, dtypes.Int64, true))
		}},
	},
	"BatchNormForInference": {{[]shapes.Shape{of(2, 3, 4), of(4), of(4), of(4), of(4)},
		func(f fn, in values) (values, error) {
			return first(f.BatchNormForInference(in[0], in[1], in[2], in[3], in[4], 1e-3, 2))
		}}},
	"BatchNormForTraining": {{[]shapes.Shape{of(2, 3, 4), of(4), of(4)}, func(f fn, in values) (values, error) {
		return three(f.BatchNormForTraining(in[0], in[1], in[2], 1e-3, 2))
	}}},
	"BatchNormGradient": {{[]shapes.Shape{of(2, 3, 4), of(4), of(4), of(4), of(2, 3, 4)},
		func(f fn, in values) (values, error) {
			return three(f.BatchNormGradient(in[0], in[1], in[2], in[3], in[4], 1e-3, 2))
		}}},
	"Bitcast": {
		{[]shapes.Shape{of(3, 4)}, func(f fn, in values) (values, error) { return first(f.Bitcast(in[0], dtypes.Uint32)) }},
		{[]shapes.Shape{of(3, 2)}, func(f fn, in values) (values, error) { return first(f.Bitcast(in[0], dtypes.Int64)) }},
		{[]shapes.Shape{of(3, 4)}, func(f fn, in values) (values, error) { return first(f.Bitcast(in[0], dtypes.Int16)) }},
	},
	"BroadcastInDim": {
		{[]shapes.Shape{of(3, 1)}, func(f fn, in values) (values, error) {
			s, err := f.Shape(in[0])
			if err != nil {
				return nil, err
			}
			return first(f.BroadcastInDim(in[0], shapes.Make(s.DType, 3, 2, 5), []int{0, 2}))
		}},
		{[]shapes.Shape{of()}, func(f fn, in values) (values, error) {
			s, err := f.Shape(in[0])
			if err != nil {
				return nil, err
			}
			return first(f.BroadcastInDim(in[0], shapes.Make(s.DType, 3, 2), nil))
		}},
	},
	"Clamp": {
		{[]shapes.Shape{of(3, 20), of(3, 20), of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.Clamp(in[0], in[1], in[2]))
		}},
		{[]shapes.Shape{of(), of(3, 20), of()}, func(f fn, in values) (values, error) {
			return first(f.Clamp(in[0], in[1], in[2]))
		}},
	},
	"Concatenate": {
		{[]shapes.Shape{of(2, 3), of(2, 4), of(2, 1)}, func(f fn, in values) (values, error) {
			return first(f.Concatenate(1, in...))
		}},
	},
	"ConvGeneral": {
		convCase([]int{2, 7, 6, 3}, []int{3, 3, 3, 5}, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, nil, nil, 1, 1),
		convCase([]int{2, 7, 6, 4}, []int{3, 2, 2, 6}, []int{2, 1}, [][2]int{{0, 1}, {2, 0}}, []int{1, 1}, []int{1, 2}, 2, 1),
		convCase([]int{2, 4, 4, 3}, []int{3, 3, 3, 4}, []int{1, 1}, [][2]int{{2, 2}, {2, 1}}, []int{2, 2}, []int{1, 1}, 1, 1),
		convCase([]int{4, 5, 5, 3}, []int{2, 2, 3, 4}, []int{1, 1}, [][2]int{{0, 0}, {0, 0}}, nil, nil, 1, 2),
	},
	"ConvertDType": convertCases(),
	"DotGeneral": {
		dotCase(of(4, 6), of(6, 5), []int{1}, nil, []int{0}, nil, compute.DotGeneralConfig{}),
		dotCase(of(2, 4, 6), of(2, 5, 6), []int{2}, []int{0}, []int{2}, []int{0}, compute.DotGeneralConfig{}),
		dotCase(of(3, 4, 2, 5), of(5, 2, 3, 6), []int{1 + 1, 3}, []int{0}, []int{1, 0}, []int{2}, compute.DotGeneralConfig{}),
		dotCase(of(4, 6), of(6, 5), []int{1}, nil, []int{0}, nil, compute.DotGeneralConfig{OutputDType: dtypes.Float64}),
	},
	"DynamicDimensionSize": {
		{[]shapes.Shape{of(3, 4)}, func(f fn, in values) (values, error) { return first(f.DynamicDimensionSize(in[0], 1)) }},
	},
	"DynamicReshape": {{[]shapes.Shape{of(3, 4)}, func(f fn, in values) (values, error) {
		return first(
			f.DynamicReshape(in[0], compute.DynamicDimensionSpec{Static: 6}, compute.DynamicDimensionSpec{Static: 2}),
		)
	}}},
	"DynamicSlice": {{[]shapes.Shape{of(3, 4), int32s(), int32s()}, func(f fn, in values) (values, error) {
		return first(f.DynamicSlice(in[0], in[1:], []int{2, 2}))
	}}},
	"DynamicUpdateSlice": {{[]shapes.Shape{of(3, 4), of(2, 2), int32s(), int32s()}, func(f fn, in values) (values, error) {
		return first(f.DynamicUpdateSlice(in[0], in[1], in[2:]))
	}}},
	"FFT": {
		{[]shapes.Shape{of(8)}, func(f fn, in values) (values, error) {
			return first(f.FFT(in[0], compute.FFTForward, []int{8}))
		}},
	},
	"Gather": {
		{[]shapes.Shape{of(6, 3), int32s(2, 4, 1)}, func(f fn, in values) (values, error) {
			return first(f.Gather(in[0], in[1], 2, []int{2}, []int{0}, []int{0}, []int{1, 3}, false))
		}},
		{[]shapes.Shape{of(4, 5, 2), int32s(3, 2)}, func(f fn, in values) (values, error) {
			return first(f.Gather(in[0], in[1], 1, []int{0, 2}, []int{1}, []int{0, 1}, []int{2, 1, 2}, false))
		}},
	},
	"Iota": iotaCases(),
	"Pad": {
		{[]shapes.Shape{of(3, 4), of()}, func(f fn, in values) (values, error) {
			return first(f.Pad(in[0], in[1], compute.PadAxis{Start: 1, End: 2}, compute.PadAxis{Interior: 2}))
		}},
		{[]shapes.Shape{of(3, 4), of()}, func(f fn, in values) (values, error) {
			return first(f.Pad(in[0], in[1], compute.PadAxis{}, compute.PadAxis{Start: -1, End: 3, Interior: 1}))
		}},
	},
	"ReduceWindow": {
		windowCase(compute.ReduceOpMax, []int{2, 6, 6, 3}, []int{1, 2, 2, 1}, []int{1, 2, 2, 1}, nil, nil, nil),
		windowCase(compute.ReduceOpSum, []int{2, 6, 6, 3}, []int{1, 3, 3, 1}, []int{1, 1, 1, 1}, nil, nil,
			[][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 0}}),
		windowCase(compute.ReduceOpMin, []int{9}, []int{2}, []int{1}, nil, []int{3}, nil),
		windowCase(compute.ReduceOpProduct, []int{5}, []int{2}, []int{2}, []int{2}, nil, [][2]int{{1, 1}}),
	},
	"Reshape": {
		{[]shapes.Shape{of(3, 4)}, func(f fn, in values) (values, error) { return first(f.Reshape(in[0], 2, 6)) }},
	},
	"Reverse": {
		{[]shapes.Shape{of(3, 4, 2)}, func(f fn, in values) (values, error) { return first(f.Reverse(in[0], 0, 2)) }},
	},
	"RNGBitGenerator":     randomCases(),
	"ScatterMax":          scatterCases(fn.ScatterMax),
	"ScatterMin":          scatterCases(fn.ScatterMin),
	"ScatterSum":          scatterCases(fn.ScatterSum),
	"SelectAndScatterMax": selectCases(fn.SelectAndScatterMax),
	"SelectAndScatterMin": selectCases(fn.SelectAndScatterMin),
	"Slice": {{[]shapes.Shape{of(5, 8)}, func(f fn, in values) (values, error) {
		return first(f.Slice(in[0], []int{1, 0}, []int{4, 7}, []int{1, 3}))
	}}},
	"Transpose": {
		{[]shapes.Shape{of(3, 4, 5)}, func(f fn, in values) (values, error) { return first(f.Transpose(in[0], 2, 0, 1)) }},
	},
	"Where": {
		{[]shapes.Shape{bools(3, 20), of(3, 20), of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.Where(in[0], in[1], in[2]))
		}},
		{[]shapes.Shape{bools(3, 20), of(), of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.Where(in[0], in[1], in[2]))
		}},
		{[]shapes.Shape{bools(), of(3, 20), of(3, 20)}, func(f fn, in values) (values, error) {
			return first(f.Where(in[0], in[1], in[2]))
		}},
	},
	"OptimizationBarrier": {
		{[]shapes.Shape{of(3), of(2, 2)}, func(f fn, in values) (values, error) { return f.OptimizationBarrier(in...) }},
	},
	"SchedulingBarrier": {
		{[]shapes.Shape{of(3), of(2, 2)}, func(f fn, in values) (values, error) {
			return first(f.SchedulingBarrier(in[0], in[1]))
		}},
	},

	"FusedSoftmax": {
		{[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) { return first(f.FusedSoftmax(in[0], 1)) }},
		{[]shapes.Shape{of(3, 4, 5)}, func(f fn, in values) (values, error) { return first(f.FusedSoftmax(in[0], 0)) }},
	},
	"FusedGelu": {
		{[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) { return first(f.FusedGelu(in[0], true)) }},
		{[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) { return first(f.FusedGelu(in[0], false)) }},
	},
	"FusedLayerNorm": {
		{[]shapes.Shape{of(3, 20), of(20), of(20)}, func(f fn, in values) (values, error) {
			return first(f.FusedLayerNorm(in[0], []int{1}, 1e-5, in[1], in[2]))
		}},
		{[]shapes.Shape{of(3, 4, 5)}, func(f fn, in values) (values, error) {
			return first(f.FusedLayerNorm(in[0], []int{1, 2}, 1e-5, nil, nil))
		}},
	},
	"FusedDense": denseCases(),
	"FusedScaledDotProductAttention": {
		{attentionOperands(), func(f fn, in values) (values, error) {
			out, _, err := f.FusedScaledDotProductAttention(in[0], in[1], in[2], compute.AttentionAxesLayoutBHSD, nil)
			return values{out}, err
		}},
		maskedAttention(compute.AttentionAxesLayoutBHSD, of(2, 3, 5, 7)),
		maskedAttention(compute.AttentionAxesLayoutBSHD, of(2, 5, 3, 7)),
		maskedAttention(compute.AttentionAxesLayoutBSHD, of(2, 5, 1, 7)),
		maskedAttention(compute.AttentionAxesLayoutBSHD, of(2, 5, 7)),
		maskedAttention(compute.AttentionAxesLayoutBSHD, of(5, 7)),
	},
	"FusedScaledDotProductAttentionVJP": {{attentionOperands(), func(f fn, in values) (values, error) {
		out, states, err := f.FusedScaledDotProductAttention(in[0], in[1], in[2], compute.AttentionAxesLayoutBHSD, nil)
		if err != nil {
			return nil, err
		}
		return three(
			f.FusedScaledDotProductAttentionVJP(in[0], in[1], in[2], compute.AttentionAxesLayoutBHSD, nil, out, states, out),
		)
	}}},
	"QuantizedEmbeddingLookup": {{[]shapes.Shape{shapes.Make(dtypes.Uint8, 5, 68), int32s(2, 3, 1)},
		func(f fn, in values) (values, error) {
			return first(
				f.QuantizedEmbeddingLookup(
					in[0], in[1], &compute.Quantization{Scheme: compute.QuantGGML, GGMLType: compute.GGMLQ8_0},
				),
			)
		}}},
	"FusedQuantizedDense": {
		{[]shapes.Shape{shapes.Make(dtypes.Float32, 3, 64), shapes.Make(dtypes.Uint8, 5, 68), shapes.Make(dtypes.Float32, 5)},
			func(f fn, in values) (values, error) {
				q := &compute.Quantization{Scheme: compute.QuantGGML, GGMLType: compute.GGMLQ8_0}
				return first(f.FusedQuantizedDense(in[0], in[1], in[2], q, compute.ActivationRelu))
			}},
		{[]shapes.Shape{shapes.Make(dtypes.Float32, 3, 6), of(6, 4), shapes.Make(dtypes.Float32, 6, 1)},
			func(f fn, in values) (values, error) {
				q := &compute.Quantization{Scheme: compute.QuantLinear, Scale: in[2], BlockAxis: 1, BlockSize: 4}
				return first(f.FusedQuantizedDense(in[0], in[1], nil, q, compute.ActivationNone))
			}},
	},
	"FusedAttentionQKVProjection": {{[]shapes.Shape{of(3, 6), of(6, 8), of(4), of(2), of(2)},
		func(f fn, in values) (values, error) {
			return three(f.FusedAttentionQKVProjection(in[0], in[1], in[2], in[3], in[4], 4, 2))
		}}},
}

func convertCases() []opCase {
	var cases []opCase
	for _, to := range everyType {
		cases = append(cases, opCase{
			[]shapes.Shape{of(3, 20)}, func(f fn, in values) (values, error) { return first(f.ConvertDType(in[0], to)) },
		})
	}
	return cases
}

func iotaCases() []opCase {
	var cases []opCase
	for axis := range 2 {
		cases = append(cases, opCase{[]shapes.Shape{of()}, func(f fn, in values) (values, error) {
			s, err := f.Shape(in[0])
			if err != nil {
				return nil, err
			}
			return first(f.Iota(shapes.Make(s.DType, 3, 4), axis))
		}})
	}
	return cases
}

func randomCases() []opCase {
	return []opCase{{[]shapes.Shape{compute.RNGStateShape, of()}, func(f fn, in values) (values, error) {
		s, err := f.Shape(in[1])
		if err != nil {
			return nil, err
		}
		state, bits, err := f.RNGBitGenerator(in[0], shapes.Make(s.DType, 3, 7))
		if err != nil {
			return nil, err
		}
		next, err := f.Slice(state, []int{0}, []int{2}, nil) // the Go backend leaves the third word undefined
		return values{next, bits}, err
	}}}
}

func denseCases() []opCase {
	var cases []opCase
	for a := compute.ActivationNone; a <= compute.ActivationTanh; a++ {
		cases = append(cases,
			opCase{[]shapes.Shape{of(2, 3, 6), of(6, 5), of(5)}, func(f fn, in values) (values, error) {
				return first(f.FusedDense(in[0], in[1], in[2], compute.DenseConfig{Activation: a}))
			}},
			opCase{[]shapes.Shape{of(3, 6), of(5, 6)}, func(f fn, in values) (values, error) {
				return first(
					f.FusedDense(in[0], in[1], nil, compute.DenseConfig{Activation: a, WeightLayout: compute.DenseLayoutOutputsInput}),
				)
			}})
	}
	return cases
}
