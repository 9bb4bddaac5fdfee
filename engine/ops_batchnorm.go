package engine

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Batch normalization (Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
// Covariate Shift", 2015) is recorded as statistics of each feature and a scale and shift of each element, which fuse
// with what comes before and after.

// BatchNormForTraining implements compute.StandardOps.
func (f *Function) BatchNormForTraining(x, scale, offset compute.Value, epsilon float32, axis int) (
	normalized, mean, variance compute.Value, err error) {
	e, err := f.batchNorm(x, axis, scale, offset)
	if err != nil {
		return nil, nil, nil, err
	}
	mean, variance = e.moments(x)
	normalized = e.normalize(x, scale, offset, mean, variance, epsilon)
	return normalized, mean, variance, e.err
}

// BatchNormForInference implements compute.StandardOps.
func (f *Function) BatchNormForInference(
	x, scale, offset, mean, variance compute.Value, epsilon float32, axis int,
) (compute.Value, error) {
	e, err := f.batchNorm(x, axis, scale, offset, mean, variance)
	if err != nil {
		return nil, err
	}
	return e.normalize(x, scale, offset, mean, variance, epsilon), e.err
}

// BatchNormGradient implements compute.StandardOps.
func (f *Function) BatchNormGradient(x, scale, mean, variance, gradOutput compute.Value, epsilon float32, axis int) (
	gradOperand, gradScale, gradOffset compute.Value, err error) {
	e, err := f.batchNorm(x, axis, scale, mean, variance)
	if err != nil {
		return nil, nil, nil, err
	}
	inverse := e.inverseDeviation(variance, epsilon)
	centered := e.sub(x, e.broadcast(mean))
	gradOffset = e.sum(gradOutput)
	gradScale = e.mul(e.sum(e.mul(gradOutput, centered)), inverse)
	// dx = a·(dy - Σdy/n - x̂·dscale/n) with a = scale/σ and x̂ = (x-mean)/σ
	a := e.mul(scale, inverse)
	perElement := e.constant(-1 / float64(e.count))
	onCentered := e.mul(e.mul(a, inverse), e.mul(gradScale, perElement))
	shift := e.mul(a, e.mul(gradOffset, perElement))
	gradOperand = e.add(
		e.mul(gradOutput, e.broadcast(a)), e.add(e.mul(centered, e.broadcast(onCentered)), e.broadcast(shift)),
	)
	return gradOperand, gradScale, gradOffset, e.err
}

// batchNorm prepares the ops on x, whose features lie along axis, and checks the values of one number a feature.
func (f *Function) batchNorm(x compute.Value, axis int, perFeature ...compute.Value) (*featureExpr, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	if axis < 0 {
		axis += shape.Rank()
	}
	if axis < 0 || axis >= shape.Rank() || !shape.DType.IsFloat() || shape.IsDynamic() {
		return nil, errors.Errorf(
			"batch normalization: operand %s must be of floating point and static shape with feature axis %d", shape, axis,
		)
	}
	features := shape.Dimensions[axis]
	for i, v := range perFeature {
		s, err := f.Shape(v)
		if err != nil {
			return nil, err
		}
		if s.DType != shape.DType || s.Rank() != 1 || s.Dimensions[0] != features {
			return nil, errors.Errorf("batch normalization of %s along axis %d: argument %d has shape %s, expected [%d]",
				shape, axis, i+1, s, features)
		}
	}
	return &featureExpr{
		expr: expr{f: f, dtype: shape.DType}, shape: shape, axis: axis, count: shape.Size() / max(1, features),
	}, nil
}

// featureExpr declares ops on a tensor of the given shape with its features along axis.
type featureExpr struct {
	expr
	shape shapes.Shape
	axis  int
	count int // elements of each feature
}

func (e *featureExpr) others() []int {
	var axes []int
	for axis := range e.shape.Rank() {
		if axis != e.axis {
			axes = append(axes, axis)
		}
	}
	return axes
}

// sum reduces to one number a feature.
func (e *featureExpr) sum(x compute.Value) compute.Value {
	if e.shape.Rank() == 1 {
		return x
	}
	return e.do(func(f compute.Function) (compute.Value, error) { return f.ReduceSum(x, e.others()...) })
}

// broadcast broadcasts one number a feature to the shape of the tensor.
func (e *featureExpr) broadcast(v compute.Value) compute.Value {
	return e.do(func(f compute.Function) (compute.Value, error) { return f.BroadcastInDim(v, e.shape, []int{e.axis}) })
}

// moments returns mean and biased variance of each feature.
func (e *featureExpr) moments(x compute.Value) (mean, variance compute.Value) {
	if e.err != nil {
		return nil, nil
	}
	replay := func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		r := featureExpr{expr: expr{f: f, dtype: e.dtype}, shape: e.shape, axis: e.axis, count: e.count}
		perElement := r.constant(1 / float64(r.count))
		mean := r.mul(r.sum(in[0]), perElement)
		centered := r.sub(in[0], r.broadcast(mean))
		return []compute.Value{mean, r.mul(r.sum(r.mul(centered, centered)), perElement)}, r.err
	}
	own, recordable := e.f.(*Function)
	if !recordable || e.axis != e.shape.Rank()-1 {
		out, err := replay(e.f, []compute.Value{x})
		e.err = err
		return out[0], out[1]
	}
	out, err := own.record(ir.OpMoments, nil, replay, x)
	if err != nil {
		e.err = err
		return nil, nil
	}
	return out[0], out[1]
}

func (e *featureExpr) inverseDeviation(variance compute.Value, epsilon float32) compute.Value {
	return e.unary(compute.Function.Rsqrt, e.add(variance, e.constant(float64(epsilon))))
}

func (e *featureExpr) normalize(x, scale, offset, mean, variance compute.Value, epsilon float32) compute.Value {
	a := e.mul(scale, e.inverseDeviation(variance, epsilon))
	b := e.sub(offset, e.mul(mean, a))
	return e.add(e.mul(x, e.broadcast(a)), e.broadcast(b))
}
