package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func TestCommonSubexpressions(t *testing.T) {
	s := sketch.New()
	x, y := s.Param(2, 3), s.Param(2, 3)
	a, b := s.Mul(x, y), s.Mul(x, y)
	rows := s.Reduce(compute.OpTypeReduceSum, s.Add(a, b), 1)
	cols := s.Reduce(compute.OpTypeReduceSum, s.Add(b, a), 0)
	s.Outputs = []*ir.Value{rows, cols}
	CommonSubexpressions(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[2, 3]
		%1 = Parameter() (Float32)[2, 3]
		%2 = Mul(%0, %1) (Float32)[2, 3]
		%3 = Add(%2, %2) (Float32)[2, 3]
		%4 = ReduceSum(%3) (Float32)[2]
		%5 = ReduceSum(%3) (Float32)[3]
		return %4, %5`)
}

// Equal moments of equal constants are one node each, results and all.
func TestCommonSubexpressionsOfSeveralResults(t *testing.T) {
	s := sketch.New()
	x := s.Param(8, 4)
	for range 2 {
		shifted := s.Add(x, s.Scalar(1))
		s.Outputs = append(
			s.Outputs, s.New(ir.OpMoments, nil, []*ir.Value{shifted}, sketch.Float(4), sketch.Float(4)).Outputs...,
		)
	}
	CommonSubexpressions(s.Graph)
	s.Check(t, `
		f(%0)
		%0 = Parameter() (Float32)[8, 4]
		%1 = Constant() (Float32)
		%2 = Add(%0, %1) (Float32)[8, 4]
		%3, %4 = Moments(%2) (Float32)[4] (Float32)[4]
		return %3, %4, %3, %4`)
}

func TestCommonSubexpressionsKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph, x, y *ir.Value) []*ir.Value{
		"other operands": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Binary(compute.OpTypeSub, x, y), s.Binary(compute.OpTypeSub, y, x)}
		},
		"other attributes": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Slice(x, 0, 0, 2), s.Slice(x, 0, 1, 3)}
		},
		"other shapes": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Reshape(x, 9), s.Reshape(x, 1, 9)}
		},
		"other constants": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Scalar(1), s.Scalar(2)}
		},
		"random numbers": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Unary(compute.OpTypeRNGBitGenerator, x), s.Unary(compute.OpTypeRNGBitGenerator, x)}
		},
		"closures": func(s sketch.Graph, x, y *ir.Value) []*ir.Value {
			return []*ir.Value{s.Unary(compute.OpTypeWhile, x), s.Unary(compute.OpTypeWhile, x)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = build(s, s.Param(3, 3), s.Param(3, 3))
			s.CheckKept(t, CommonSubexpressions)
		})
	}
}
