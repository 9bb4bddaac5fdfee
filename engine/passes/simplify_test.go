package passes

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func reversed(s sketch.Graph, x *ir.Value, axes ...int) *ir.Value {
	return s.Op(compute.OpTypeReverse, ir.Axes{Axes: axes}, x.Shape, x)
}

// Each rule gives x.
func TestSimplify(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph, x *ir.Value) *ir.Value{
		"x·1": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Mul(x, s.Scalar(1)) },
		"1·x": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeMul, nil, x.Shape, s.Scalar(1), x)
		},
		"x+0": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Add(x, s.Scalar(0)) },
		"0+x": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeAdd, nil, x.Shape, s.Scalar(0), x)
		},
		"x+0, broadcast": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Add(x, s.Broadcast(s.Scalar(0), nil, x.Dims()...))
		},
		"x-0": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Binary(compute.OpTypeSub, x, s.Scalar(0)) },
		"x/1": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Binary(compute.OpTypeDiv, x, s.Scalar(1)) },
		"-(-x)": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeNeg, s.Unary(compute.OpTypeNeg, x))
		},
		"x if true": func(s sketch.Graph, x *ir.Value) *ir.Value {
			always := NewConstant(s.Graph, []byte{1}, shapes.Make(dtypes.Bool))
			return s.Op(compute.OpTypeWhere, nil, x.Shape, always, x, s.Mul(x, x))
		},
		"transposed in place": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Transpose(x, 0, 1, 2) },
		"transposed there, back": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Transpose(s.Transpose(x, 2, 0, 1), 1, 2, 0)
		},
		"reversed axis of 1": func(s sketch.Graph, x *ir.Value) *ir.Value { return reversed(s, x, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{build(s, s.Param(2, 1, 3))}
			Simplify(s.Graph)
			DeadCode(s.Graph)
			s.Check(t, `
				f(%0)
				%0 = Parameter() (Float32)[2, 1, 3]
				return %0`)
		})
	}
}

func TestSimplifyReductionsOfOneElement(t *testing.T) {
	for _, op := range []compute.OpType{
		compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct,
	} {
		s := sketch.New()
		s.Outputs = []*ir.Value{s.Reduce(op, s.Param(2, 1, 3), 1)}
		Simplify(s.Graph)
		DeadCode(s.Graph)
		s.Check(t, `
			f(%0)
			%0 = Parameter() (Float32)[2, 1, 3]
			%1 = Reshape(%0) (Float32)[2, 3]
			return %1`)
	}
}

// One rule's result is the next rule's operand.
func TestSimplifyChain(t *testing.T) {
	s := sketch.New()
	y := s.Add(s.Mul(s.Param(2, 1, 3), s.Scalar(1)), s.Scalar(0))
	y = s.Unary(compute.OpTypeNeg, s.Unary(compute.OpTypeNeg, y))
	y = s.Transpose(s.Transpose(y, 2, 0, 1), 1, 2, 0)
	s.Outputs = []*ir.Value{s.Reduce(compute.OpTypeReduceSum, reversed(s, y, 1), 1)}
	Simplify(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0)
		%0 = Parameter() (Float32)[2, 1, 3]
		%1 = Reshape(%0) (Float32)[2, 3]
		return %1`)
}

func TestSimplifyKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph, x *ir.Value) *ir.Value{
		"x·0": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Mul(x, s.Scalar(0)) },
		"x+1": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Add(x, s.Scalar(1)) },
		"0-x": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeSub, nil, x.Shape, s.Scalar(0), x)
		},
		"x-1": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Binary(compute.OpTypeSub, x, s.Scalar(1)) },
		"1/x": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeDiv, nil, x.Shape, s.Scalar(1), x)
		},
		"x/2": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Binary(compute.OpTypeDiv, x, s.Scalar(2)) },
		"-x":  func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Unary(compute.OpTypeNeg, x) },
		"-|x|": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeNeg, s.Unary(compute.OpTypeAbs, x))
		},
		"transposed": func(s sketch.Graph, _ *ir.Value) *ir.Value { return s.Transpose(s.Param(4, 4), 1, 0) },
		"transposed twice": func(s sketch.Graph, _ *ir.Value) *ir.Value {
			return s.Transpose(s.Transpose(s.Param(4, 4, 4), 1, 2, 0), 1, 2, 0)
		},
		"reversed": func(s sketch.Graph, x *ir.Value) *ir.Value { return reversed(s, x, 1, 2) },
		"sum of an axis of 3": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Reduce(compute.OpTypeReduceSum, x, 1, 2)
		},
		"x·1, of more elements": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeMul, nil, sketch.Float(2, 5, 3), x, s.Broadcast(s.Scalar(1), nil, 2, 5, 3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{build(s, s.Param(2, 1, 3))}
			s.CheckKept(t, Simplify)
		})
	}
}
