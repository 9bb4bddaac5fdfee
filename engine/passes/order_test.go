package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func TestWeightGradientsFirst(t *testing.T) {
	s := sketch.New()
	x, w, dy := s.Param(1, 4, 4, 2), s.Param(3, 3, 2, 2), s.Param(1, 4, 4, 2)
	gradient := func(op ir.Op, like, a, b *ir.Value) *ir.Value {
		return s.New(op, ir.Conv{}, []*ir.Value{a, b}, like.Shape).Outputs[0]
	}
	masked := s.Mul(dy, x)
	dx := gradient(ir.OpConvInputGrad, x, masked, w)
	next := s.Unary(compute.OpTypeNeg, dx)
	dw := gradient(ir.OpConvWeightGrad, w, x, masked)
	// A gradient of a gradient: its input is a weight gradient itself.
	second := gradient(ir.OpConvWeightGrad, w, x, s.Reshape(dw, 3, 3, 2, 2))
	third := gradient(ir.OpConvWeightGrad, w, dw, dw)
	s.Outputs = []*ir.Value{next, dw, second, third}
	WeightGradientsFirst(s.Graph)
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[1, 4, 4, 2]
		%1 = Parameter() (Float32)[3, 3, 2, 2]
		%2 = Parameter() (Float32)[1, 4, 4, 2]
		%3 = Mul(%2, %0) (Float32)[1, 4, 4, 2]
		%4 = ConvWeightGrad(%0, %3) (Float32)[3, 3, 2, 2]
		%5 = ConvWeightGrad(%4, %4) (Float32)[3, 3, 2, 2]
		%6 = ConvInputGrad(%3, %1) (Float32)[1, 4, 4, 2]
		%7 = Neg(%6) (Float32)[1, 4, 4, 2]
		%8 = Reshape(%4) (Float32)[3, 3, 2, 2]
		%9 = ConvWeightGrad(%0, %8) (Float32)[3, 3, 2, 2]
		return %7, %4, %9, %5
	`)
}
