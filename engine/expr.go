package engine

import (
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// expr declares ops on f one after another and keeps the first error, after which every op is nil.
type expr struct {
	f     compute.Function
	dtype dtypes.DType
	err   error
}

func (e *expr) do(declare func(f compute.Function) (compute.Value, error)) compute.Value {
	if e.err != nil {
		return nil
	}
	v, err := declare(e.f)
	e.err = err
	return v
}

func (e *expr) unary(op unaryOp, x compute.Value) compute.Value {
	return e.do(func(f compute.Function) (compute.Value, error) { return op(f, x) })
}

func (e *expr) binary(op binaryOp, a, b compute.Value) compute.Value {
	return e.do(func(f compute.Function) (compute.Value, error) { return op(f, a, b) })
}

func (e *expr) add(a, b compute.Value) compute.Value { return e.binary(compute.Function.Add, a, b) }
func (e *expr) sub(a, b compute.Value) compute.Value { return e.binary(compute.Function.Sub, a, b) }
func (e *expr) mul(a, b compute.Value) compute.Value { return e.binary(compute.Function.Mul, a, b) }
func (e *expr) div(a, b compute.Value) compute.Value { return e.binary(compute.Function.Div, a, b) }

// constant declares a scalar.
func (e *expr) constant(x float64) compute.Value {
	return e.do(func(f compute.Function) (compute.Value, error) {
		return f.Constant(oneElement(shapes.CastAsDType(x, e.dtype), e.dtype))
	})
}

func (e *expr) reshape(x compute.Value, dims ...int) compute.Value {
	return e.do(func(f compute.Function) (compute.Value, error) { return f.Reshape(x, dims...) })
}

// oneElement returns x, a value of the Go type of dtype, as a slice.
func oneElement(x any, dtype dtypes.DType) any {
	slice := reflect.MakeSlice(reflect.SliceOf(dtype.GoType()), 1, 1)
	slice.Index(0).Set(reflect.ValueOf(x))
	return slice.Interface()
}
