package fuse

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// The loop on the way back from a ReLU behind a scale and a shift computes the mask from what it reads.
func TestMaskIsComputedAgain(t *testing.T) {
	s := sketch.New()
	x, scale, shift, zero := s.Param(8, 4, 4, 16), s.Param(16), s.Param(16), s.Scalar(0)
	a := s.Broadcast(scale, []int{3}, 8, 4, 4, 16)
	h := s.Add(s.Mul(x, a), s.Broadcast(shift, []int{3}, 8, 4, 4, 16))
	negative := s.Op(compute.OpTypeLessOrEqual, nil, shapes.Make(dtypes.Bool, 8, 4, 4, 16), h, zero)
	y := s.Op(compute.OpTypeWhere, nil, x.Shape, negative, zero, h)
	dh := s.Op(compute.OpTypeWhere, nil, x.Shape, negative, zero, opaque(s, y))
	dshift := s.Reduce(compute.OpTypeReduceSum, dh, 0, 1, 2)
	dscale := s.Reduce(compute.OpTypeReduceSum, s.Mul(dh, x), 0, 1, 2)
	s.Outputs = []*ir.Value{y, dshift, dscale, s.Mul(dh, a)}
	checkLoops(t, s, `[8 4 4 16]/0: Mul Add LessOrEqual Where
[8 4 4 16]/3: Mul Add LessOrEqual Where Mul Mul ReduceSum* ReduceSum*`)
}

// A value that two loops read is computed twice where that moves less memory, and stored where it does not.
func TestRematerialize(t *testing.T) {
	for name, test := range map[string]struct {
		value func(s sketch.Graph, x *ir.Value) *ir.Value
		want  string
	}{
		"cheap": {func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeAbs, x)
		}, "[8 16]/0: Abs Neg\n[8 16]/0: Abs Mul"},
		"costly": {func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeTanh, s.Unary(compute.OpTypeTanh, s.Unary(compute.OpTypeTanh, x)))
		}, "[8 16]/0: Tanh Tanh Tanh Neg\n[8 16]/0: Mul"},
		"of much to read": {func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Add(x, s.Param(8, 16))
		}, "[8 16]/0: Add Neg\n[8 16]/0: Mul"},
		"behind a reduction": {func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Binary(compute.OpTypeSub, x, rowwise(s, compute.OpTypeReduceMax, x))
		}, "[8 16]/1: ReduceMax Sub Neg\n[8 16]/0: Mul"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			v := test.value(s, s.Param(8, 16))
			s.Outputs = []*ir.Value{s.Mul(v, opaque(s, s.Unary(compute.OpTypeNeg, v)))}
			checkLoops(t, s, test.want)
		})
	}
}

// What is an output is in memory already.
func TestRematerializeKeepsOutputs(t *testing.T) {
	s := sketch.New()
	v := s.Unary(compute.OpTypeAbs, s.Param(8, 16))
	s.Outputs = []*ir.Value{v, s.Mul(v, opaque(s, s.Unary(compute.OpTypeNeg, v)))}
	checkLoops(t, s, "[8 16]/0: Abs Neg\n[8 16]/0: Mul")
}
