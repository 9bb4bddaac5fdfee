package engine_test

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"
)

// opSteps add an op to a program each, if one fits.
var opSteps = []func(t *rapid.T, p *opProgram){
	stepUnary, stepBinary, stepBinary, stepBinary, stepComparison, stepLogical, stepWhere, stepWhere, stepConvert,
	stepReduce, stepReduce,
	stepTranspose, stepTranspose, stepReshape, stepReshape, stepReshape, stepReverse, stepSlice, stepConcatenate,
	stepPad, stepBroadcast,
	stepBroadcast, stepGather, stepScatter, stepArgMinMax, stepDot, stepDot, stepConvolution, stepWindow, stepPooling,
	stepFunction, stepSoftmax, stepRemainder,
}

// rounding is a generous bound of the relative error of a few float32 operations.
const rounding = 1e-6

func anyValue(known) bool    { return true }
func isNumber(k known) bool  { return k.shape.DType != dtypes.Bool }
func isBool(k known) bool    { return k.shape.DType == dtypes.Bool }
func isFloat32(k known) bool { return k.shape.DType == dtypes.Float32 }

func like(want known) func(k known) bool {
	return func(k known) bool { return k.shape.Equal(want.shape) }
}

// roundedBy is the error of a sum of values whose own error is err and which are not larger than most.
func roundedBy(err, most float64) float64 {
	if err == 0 {
		return 0
	}
	return err + rounding*most
}

func stepUnary(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, isNumber)
	if !ok {
		return
	}
	ops := map[string]func(f fn, x compute.Value) (compute.Value, error){"neg": fn.Neg, "abs": fn.Abs}
	if k.exact() {
		ops["sign"] = fn.Sign
	}
	name := rapid.SampledFrom(sortedKeys(ops)).Draw(t, "unary")
	p.add(fmt.Sprintf("%s(%d)", name, x), k, func(f fn, in values) (compute.Value, error) { return ops[name](f, in[x]) })
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func stepBinary(t *rapid.T, p *opProgram) {
	x, kx, ok := p.pick(t, isNumber)
	if !ok {
		return
	}
	// Operands may be broadcast along axes of size 1 and be numbers.
	y, ky, _ := p.pick(t, func(k known) bool {
		if k.shape.DType != kx.shape.DType || k.shape.Rank() != kx.shape.Rank() && k.shape.Rank() > 0 {
			return false
		}
		for i, d := range k.shape.Dimensions {
			if d != 1 && d != kx.shape.Dimensions[i] {
				return false
			}
		}
		return true
	})
	k := known{kx.shape, max(kx.most, ky.most), max(kx.err, ky.err)}
	sum := known{kx.shape, kx.most + ky.most, roundedBy(kx.err+ky.err, kx.most+ky.most)}
	product := known{kx.shape, kx.most * ky.most, roundedBy(kx.err*ky.most+ky.err*kx.most, kx.most*ky.most)}
	ops := []struct {
		name string
		k    known
		op   func(f fn, a, b compute.Value) (compute.Value, error)
	}{{"add", sum, fn.Add}, {"sub", sum, fn.Sub}, {"mul", product, fn.Mul}, {"max", k, fn.Max}, {"min", k, fn.Min}}
	op := rapid.SampledFrom(ops).Draw(t, "binary")
	a, b := x, y
	if rapid.Bool().Draw(t, "exchanged") {
		a, b = y, x
	}
	p.add(fmt.Sprintf("%s(%d,%d)", op.name, a, b), op.k, func(f fn, in values) (compute.Value, error) {
		return op.op(f, in[a], in[b])
	})
}

// stepRemainder makes numbers small again.
func stepRemainder(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isNumber(k) && k.exact() })
	if !ok {
		return
	}
	divisor := rapid.IntRange(2, 5).Draw(t, "divisor")
	k.most = min(k.most, float64(divisor-1))
	p.add(fmt.Sprintf("rem(%d,%d)", x, divisor), k, func(f fn, in values) (compute.Value, error) {
		c, err := f.Constant(numbers(k.shape.DType, float64(divisor)))
		if err != nil {
			return nil, err
		}
		return f.Rem(in[x], c)
	})
}

func stepComparison(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isNumber(k) && k.exact() })
	if !ok {
		return
	}
	y, _, _ := p.pick(t, func(o known) bool { return like(k)(o) && o.exact() })
	ops := map[string]func(f fn, a, b compute.Value) (compute.Value, error){
		"equal": fn.Equal, "notEqual": fn.NotEqual, "less": fn.LessThan, "lessOrEqual": fn.LessOrEqual,
		"greater": fn.GreaterThan, "greaterOrEqual": fn.GreaterOrEqual,
	}
	name := rapid.SampledFrom(sortedKeys(ops)).Draw(t, "comparison")
	shape := shapes.Make(dtypes.Bool, k.shape.Dimensions...)
	p.add(fmt.Sprintf("%s(%d,%d)", name, x, y), known{shape, 1, 0}, func(f fn, in values) (compute.Value, error) {
		return ops[name](f, in[x], in[y])
	})
}

func stepLogical(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, isBool)
	if !ok {
		return
	}
	y, _, _ := p.pick(t, like(k))
	ops := map[string]func(f fn, a, b compute.Value) (compute.Value, error){
		"and": fn.LogicalAnd, "or": fn.LogicalOr, "xor": fn.LogicalXor,
		"not": func(f fn, a, _ compute.Value) (compute.Value, error) { return f.LogicalNot(a) },
	}
	name := rapid.SampledFrom(sortedKeys(ops)).Draw(t, "logical")
	p.add(fmt.Sprintf("%s(%d,%d)", name, x, y), k, func(f fn, in values) (compute.Value, error) {
		return ops[name](f, in[x], in[y])
	})
}

func stepWhere(t *rapid.T, p *opProgram) {
	x, kx, ok := p.pick(t, isNumber)
	if !ok {
		return
	}
	mask, _, ok := p.pick(t, func(k known) bool {
		return isBool(k) && slices.Equal(k.shape.Dimensions, kx.shape.Dimensions)
	})
	if !ok {
		return
	}
	y, ky, _ := p.pick(t, like(kx))
	k := known{kx.shape, max(kx.most, ky.most), max(kx.err, ky.err)}
	p.add(fmt.Sprintf("where(%d,%d,%d)", mask, x, y), k, func(f fn, in values) (compute.Value, error) {
		return f.Where(in[mask], in[x], in[y])
	})
}

func stepConvert(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, known.exact)
	if !ok {
		return
	}
	to := rapid.SampledFrom([]dtypes.DType{
		dtypes.Float32, dtypes.Float32, dtypes.Float64, dtypes.Int32, dtypes.Int64, dtypes.Int8, dtypes.BFloat16, dtypes.Bool,
	}).Draw(t, "to")
	most := k.most
	if to == dtypes.Bool {
		most = 1
	}
	p.add(fmt.Sprintf("convert(%d,%s)", x, to), known{shapes.Make(to, k.shape.Dimensions...), most, 0},
		func(f fn, in values) (compute.Value, error) { return f.ConvertDType(in[x], to) })
}

func stepReduce(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isNumber(k) && k.shape.Rank() > 0 })
	if !ok {
		return
	}
	axes := slices.Sorted(
		slices.Values(
			rapid.SliceOfNDistinct(rapid.IntRange(0, k.shape.Rank()-1), 1, k.shape.Rank(), rapid.ID).Draw(t, "axes"),
		),
	)
	var dims []int
	for i, d := range k.shape.Dimensions {
		if !slices.Contains(axes, i) {
			dims = append(dims, d)
		}
	}
	result := known{shapes.Make(k.shape.DType, dims...), k.most, k.err}
	n := float64(k.shape.Size() / result.shape.Size())
	sum := known{result.shape, n * k.most, roundedBy(n*k.err, 10*n*k.most)}
	ops := []struct {
		name string
		k    known
		op   func(f fn, x compute.Value, axes ...int) (compute.Value, error)
	}{{"sum", sum, fn.ReduceSum}, {"sum", sum, fn.ReduceSum}, {"reduceMax", result, fn.ReduceMax},
		{"reduceMin", result, fn.ReduceMin}}
	op := rapid.SampledFrom(ops).Draw(t, "reduce")
	p.add(fmt.Sprintf("%s(%d,%v)", op.name, x, axes), op.k, func(f fn, in values) (compute.Value, error) {
		return op.op(f, in[x], axes...)
	})
}

func stepArgMinMax(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isNumber(k) && k.exact() && k.shape.Rank() > 0 })
	if !ok {
		return
	}
	axis := rapid.IntRange(0, k.shape.Rank()-1).Draw(t, "axis")
	least := rapid.Bool().Draw(t, "least")
	dims := slices.Delete(slices.Clone(k.shape.Dimensions), axis, axis+1)
	p.add(fmt.Sprintf("argMinMax(%d,%d)", x, axis),
		known{shapes.Make(dtypes.Int32, dims...), float64(k.shape.Dimensions[axis] - 1), 0},
		func(f fn, in values) (compute.Value, error) { return f.ArgMinMax(in[x], axis, dtypes.Int32, least) })
}

// stepFunction applies a function that is not exact. Numbers that are too large for it to be one are left out.
func stepFunction(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isFloat32(k) && k.most < 100 })
	if !ok {
		return
	}
	ops := map[string]func(f fn, x compute.Value) (compute.Value, error){
		"tanh": fn.Tanh, "logistic": fn.Logistic, "erf": fn.Erf,
	}
	name := rapid.SampledFrom(sortedKeys(ops)).Draw(t, "function")
	p.add(fmt.Sprintf("%s(%d)", name, x), known{k.shape, 1, 1.2*k.err + rounding},
		func(f fn, in values) (compute.Value, error) { return ops[name](f, in[x]) })
}

func stepSoftmax(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isFloat32(k) && k.most < 50 && k.shape.Rank() > 0 })
	if !ok {
		return
	}
	axis := rapid.IntRange(0, k.shape.Rank()-1).Draw(t, "axis")
	p.add(fmt.Sprintf("softmax(%d,%d)", x, axis), known{k.shape, 1, 4*k.err + 20*rounding},
		func(f fn, in values) (compute.Value, error) {
			dims := slices.Clone(k.shape.Dimensions)
			dims[axis] = 1
			largest, err := f.ReduceMax(in[x], axis)
			if err != nil {
				return nil, err
			}
			if largest, err = f.Reshape(largest, dims...); err != nil {
				return nil, err
			}
			centered, err := f.Sub(in[x], largest)
			if err != nil {
				return nil, err
			}
			numerator, err := f.Exp(centered)
			if err != nil {
				return nil, err
			}
			sum, err := f.ReduceSum(numerator, axis)
			if err != nil {
				return nil, err
			}
			if sum, err = f.Reshape(sum, dims...); err != nil {
				return nil, err
			}
			return f.Div(numerator, sum)
		})
}

// numbers are constants of a type, in a slice.
func numbers(dtype dtypes.DType, xs ...float64) any {
	flat := dtypes.MakeAnySlice(dtype, len(xs))
	for i, x := range xs {
		setNumber(flat, i, shapes.CastAsDType(x, dtype))
	}
	return flat
}
