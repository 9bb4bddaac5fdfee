package engine

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// The fused ops of floating-point types are recorded as the ops that GoMLX itself would use without them. Common
// subexpressions then make one of both: in training GoMLX declares the fused op for the forward pass and its parts for
// the backward pass. The passes do the fusing.

// fused declares op on the reference for its checks, and records either its parts or, for types that have none
// here, the op itself.
func (f *Function) fused(
	op compute.OpType, replay ir.Replay, parts func(e *expr, in []compute.Value) compute.Value, operands ...compute.Value,
) (compute.Value, error) {
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	inputs, err := f.operands(op.String(), operands)
	if err != nil {
		return nil, err
	}
	dtype := inputs[0].Shape.DType
	if f.builder.dynamic || !dtype.IsFloat() {
		return f.single(op, nil, replay, operands...)
	}
	if _, err := replay(f.reference, references(inputs)); err != nil {
		return nil, err
	}
	e := &expr{f: f, dtype: dtype}
	return parts(e, operands), e.err
}

// FusedSoftmax implements compute.FusedOps.
func (f *Function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	return f.fused(compute.OpTypeFusedSoftmax, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.FusedSoftmax(in[0], axis))
	}, func(e *expr, in []compute.Value) compute.Value {
		kept, _ := f.Shape(in[0])
		dims := slices.Clone(kept.Dimensions)
		dims[axis] = 1
		largest := e.do(func(f compute.Function) (compute.Value, error) { return f.ReduceMax(in[0], axis) })
		numerator := e.unary(compute.Function.Exp, e.sub(in[0], e.reshape(largest, dims...)))
		sum := e.do(func(f compute.Function) (compute.Value, error) { return f.ReduceSum(numerator, axis) })
		return e.div(numerator, e.reshape(sum, dims...))
	}, x)
}

// FusedGelu implements compute.FusedOps.
func (f *Function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	return f.fused(compute.OpTypeFusedGelu, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return singleResult(f.FusedGelu(in[0], exact))
	}, func(e *expr, in []compute.Value) compute.Value { return e.gelu(in[0], exact) }, x)
}

func (e *expr) gelu(x compute.Value, exact bool) compute.Value {
	if exact {
		erf := e.unary(compute.Function.Erf, e.mul(x, e.constant(1/math.Sqrt2)))
		return e.mul(x, e.mul(e.add(erf, e.constant(1)), e.constant(0.5)))
	}
	cubic := e.mul(e.binary(compute.Function.Pow, x, e.constant(3)), e.constant(0.044715))
	tanh := e.unary(compute.Function.Tanh, e.mul(e.add(x, cubic), e.constant(math.Sqrt(2/math.Pi))))
	return e.mul(x, e.mul(e.add(tanh, e.constant(1)), e.constant(0.5)))
}

// FusedLayerNorm implements compute.FusedOps.
func (f *Function) FusedLayerNorm(
	x compute.Value, axes []int, epsilon float64, gamma, beta compute.Value,
) (compute.Value, error) {
	axes = slices.Clone(axes)
	operands, hasGamma, hasBeta := withOptional([]compute.Value{x}, gamma, beta)
	return f.fused(compute.OpTypeFusedLayerNorm, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		gamma, beta := optional(in[1:], hasGamma, hasBeta)
		return singleResult(f.FusedLayerNorm(in[0], axes, epsilon, gamma, beta))
	}, func(e *expr, in []compute.Value) compute.Value {
		gamma, beta := optional(in[1:], hasGamma, hasBeta)
		return e.layerNorm(in[0], axes, epsilon, gamma, beta)
	}, operands...)
}

func (e *expr) layerNorm(x compute.Value, axes []int, epsilon float64, gamma, beta compute.Value) compute.Value {
	shape, _ := e.f.Shape(x)
	dims, count := slices.Clone(shape.Dimensions), 1
	sorted := slices.Clone(axes)
	for i, axis := range sorted {
		if axis < 0 {
			sorted[i] += shape.Rank()
		}
		count *= dims[sorted[i]]
		dims[sorted[i]] = 1
	}
	slices.Sort(sorted)
	mean := func(v compute.Value) compute.Value {
		sum := e.do(func(f compute.Function) (compute.Value, error) { return f.ReduceSum(v, sorted...) })
		return e.reshape(e.mul(sum, e.constant(1/float64(count))), dims...)
	}
	centered := e.sub(x, mean(x))
	deviation := e.unary(compute.Function.Sqrt, e.add(mean(e.mul(centered, centered)), e.constant(epsilon)))
	y := e.div(centered, deviation)
	if gamma != nil {
		y = e.mul(y, e.alignParameter(gamma, shape, sorted))
	}
	if beta != nil {
		y = e.add(y, e.alignParameter(beta, shape, sorted))
	}
	return y
}

// alignParameter gives v, whose axes are those of a tensor listed, the rank of the tensor.
func (e *expr) alignParameter(v compute.Value, tensor shapes.Shape, axes []int) compute.Value {
	shape, _ := e.f.Shape(v)
	if shape.Rank() == tensor.Rank() {
		return v
	}
	dims := slices.Repeat([]int{1}, tensor.Rank())
	if shape.Rank() == len(axes) {
		for i, axis := range axes {
			dims[axis] = shape.Dimensions[i]
		}
	} else {
		copy(dims[tensor.Rank()-shape.Rank():], shape.Dimensions)
	}
	return e.reshape(v, dims...)
}

// FusedDense implements compute.FusedOps.
func (f *Function) FusedDense(x, weight, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	operands, hasBias, _ := withOptional([]compute.Value{x, weight}, bias, nil)
	return f.fused(compute.OpTypeFusedDense, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		bias, _ := optional(in[2:], hasBias, false)
		return singleResult(f.FusedDense(in[0], in[1], bias, options))
	}, func(e *expr, in []compute.Value) compute.Value {
		bias, _ := optional(in[2:], hasBias, false)
		return e.dense(in[0], in[1], bias, options)
	}, operands...)
}

// dense follows GoMLX's nn.Dense: one product of matrices, reshaped to the dimensions of x and weight.
func (e *expr) dense(x, weight, bias compute.Value, options compute.DenseConfig) compute.Value {
	xs, _ := e.f.Shape(x)
	ws, _ := e.f.Shape(weight)
	inputs := xs.Dimensions[xs.Rank()-1]
	outDims := slices.Clone(xs.Dimensions[:xs.Rank()-1])
	outputs := ws.Size() / max(1, inputs)
	matrix, contract := []int{inputs, outputs}, 0
	if options.WeightLayout == compute.DenseLayoutOutputsInput {
		matrix, contract = []int{outputs, inputs}, 1
		outDims = append(outDims, ws.Dimensions[:ws.Rank()-1]...)
	} else {
		outDims = append(outDims, ws.Dimensions[1:]...)
	}
	if xs.Rank() > 2 {
		x = e.reshape(x, xs.Size()/max(1, inputs), inputs)
	}
	if ws.Rank() > 2 {
		weight = e.reshape(weight, matrix...)
	}
	last := min(xs.Rank(), 2) - 1
	y := e.do(func(f compute.Function) (compute.Value, error) {
		return f.DotGeneral(x, []int{last}, nil, weight, []int{contract}, nil, compute.DotGeneralConfig{})
	})
	if xs.Rank() > 2 || ws.Rank() > 2 {
		y = e.reshape(y, outDims...)
	}
	if bias != nil {
		bs, _ := e.f.Shape(bias)
		if bs.Rank() < len(outDims) {
			dims := slices.Repeat([]int{1}, len(outDims)-bs.Rank())
			bias = e.reshape(bias, append(dims, bs.Dimensions...)...)
		}
		y = e.add(y, bias)
	}
	return e.activation(y, options.Activation)
}

func (e *expr) activation(x compute.Value, activation compute.ActivationType) compute.Value {
	switch activation {
	case compute.ActivationNone:
		return x
	case compute.ActivationGelu:
		return e.gelu(x, true)
	case compute.ActivationRelu:
		return e.binary(compute.Function.Max, x, e.constant(0))
	case compute.ActivationSilu:
		return e.mul(x, e.unary(compute.Function.Logistic, x))
	case compute.ActivationHardSwish:
		gate := e.add(e.mul(x, e.constant(1.0/6)), e.constant(0.5))
		gate = e.binary(compute.Function.Min, e.binary(compute.Function.Max, gate, e.constant(0)), e.constant(1))
		return e.mul(x, gate)
	case compute.ActivationTanh:
		return e.unary(compute.Function.Tanh, x)
	}
	e.err = errors.Wrapf(notImplemented(compute.OpTypeFusedDense), "activation %s", activation)
	return nil
}

// FusedAttentionQKVProjection implements compute.FusedOps.
func (f *Function) FusedAttentionQKVProjection(x, wQKV, biasQ, biasK, biasV compute.Value, queryDim, keyValueDim int) (
	query, key, value compute.Value, err error) {
	operands, hasQ, hasK := withOptional([]compute.Value{x, wQKV}, biasQ, biasK)
	operands, hasV, _ := withOptional(operands, biasV, nil)
	outputs, err := f.record(ir.Op(compute.OpTypeFusedAttentionQKVProjection), nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			biases := in[2:]
			next := func(has bool) (v compute.Value) {
				if has {
					v, biases = biases[0], biases[1:]
				}
				return v
			}
			q, k, v, err := f.FusedAttentionQKVProjection(
				in[0], in[1], next(hasQ), next(hasK), next(hasV), queryDim, keyValueDim,
			)
			return []compute.Value{q, k, v}, err
		}, operands...)
	if err != nil {
		return nil, nil, nil, err
	}
	return outputs[0], outputs[1], outputs[2], nil
}

// FusedQuantizedDense implements compute.FusedOps.
func (f *Function) FusedQuantizedDense(
	x, weights, bias compute.Value, quantization *compute.Quantization, activation compute.ActivationType,
) (compute.Value, error) {
	operands, hasBias, _ := withOptional([]compute.Value{x, weights}, bias, nil)
	operands, rebuild := quantizationOperands(operands, quantization)
	return f.single(compute.OpTypeFusedQuantizedDense, nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			bias, _ := optional(in[2:], hasBias, false)
			return singleResult(f.FusedQuantizedDense(in[0], in[1], bias, rebuild(in), activation))
		}, operands...)
}

// QuantizedEmbeddingLookup implements compute.FusedOps.
func (f *Function) QuantizedEmbeddingLookup(
	data, indices compute.Value, quantization *compute.Quantization,
) (compute.Value, error) {
	operands, rebuild := quantizationOperands([]compute.Value{data, indices}, quantization)
	return f.single(compute.OpTypeQuantizedEmbeddingLookup, nil,
		func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			return singleResult(f.QuantizedEmbeddingLookup(in[0], in[1], rebuild(in)))
		}, operands...)
}

// quantizationOperands appends the values of a quantization to the operands; rebuild puts those of another function
// in their place.
func quantizationOperands(
	operands []compute.Value, q *compute.Quantization,
) ([]compute.Value, func(in []compute.Value) *compute.Quantization) {
	if q == nil {
		return operands, func([]compute.Value) *compute.Quantization { return nil }
	}
	first := len(operands)
	operands, hasScale, hasZero := withOptional(operands, q.Scale, q.ZeroPoint)
	return operands, func(in []compute.Value) *compute.Quantization {
		rebuilt := *q
		rebuilt.Scale, rebuilt.ZeroPoint = optional(in[first:], hasScale, hasZero)
		return &rebuilt
	}
}

// withOptional appends a and b to the operands unless they are nil.
func withOptional(operands []compute.Value, a, b compute.Value) (all []compute.Value, hasA, hasB bool) {
	for _, v := range []compute.Value{a, b} {
		if v != nil {
			operands = append(operands, v)
		}
	}
	return operands, a != nil, b != nil
}

// optional is the inverse of withOptional.
func optional(in []compute.Value, hasA, hasB bool) (a, b compute.Value) {
	if hasA {
		a, in = in[0], in[1:]
	}
	if hasB {
		b = in[0]
	}
	return a, b
}
