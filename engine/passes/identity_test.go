package passes

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// Each of these is its operand.
func TestForwardIdentities(t *testing.T) {
	for name, identity := range map[string]func(s sketch.Graph, x *ir.Value) *ir.Value{
		"Identity": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Unary(compute.OpTypeIdentity, x) },
		"scheduling barrier": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeSchedulingBarrier, x)
		},
		"optimization barrier": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Unary(compute.OpTypeOptimizationBarrier, x)
		},
		"reshape":       func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Reshape(x, 2, 6) },
		"reshapes back": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Reshape(s.Reshape(x, 12), 2, 6) },
		"conversion":    func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Unary(compute.OpTypeConvertDType, x) },
		"broadcast":     func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Broadcast(x, []int{0, 1}, 2, 6) },
		"slice":         func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Slice(x, 1, 0, 6) },
		"concatenation": func(s sketch.Graph, x *ir.Value) *ir.Value {
			return s.Op(compute.OpTypeConcatenate, ir.Concatenate{Axis: 1}, x.Shape, x)
		},
		"sum of no axes":     func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Reduce(compute.OpTypeReduceSum, x) },
		"maximum of no axes": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Reduce(compute.OpTypeReduceMax, x) },
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{s.Unary(compute.OpTypeExp, identity(s, s.Param(2, 6)))}
			ForwardIdentities(s.Graph)
			DeadCode(s.Graph)
			s.Check(t, `
				f(%0)
				%0 = Parameter() (Float32)[2, 6]
				%1 = Exp(%0) (Float32)[2, 6]
				return %1`)
		})
	}
}

// A barrier of several values gives each of them, and of reshapes of reshapes the last stays.
func TestForwardIdentitiesOfSeveral(t *testing.T) {
	s := sketch.New()
	x, y := s.Param(2, 6), s.Param(3)
	barrier := s.New(ir.Op(compute.OpTypeOptimizationBarrier), nil, []*ir.Value{x, y}, x.Shape, y.Shape)
	reshaped := s.Reshape(s.Reshape(barrier.Outputs[0], 12), 3, 4)
	s.Outputs = []*ir.Value{reshaped, barrier.Outputs[1]}
	ForwardIdentities(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[2, 6]
		%1 = Parameter() (Float32)[3]
		%2 = Reshape(%0) (Float32)[3, 4]
		return %2, %1`)
}

func TestForwardIdentitiesKeepsOthers(t *testing.T) {
	s := sketch.New()
	x := s.Param(2, 6)
	s.Outputs = []*ir.Value{
		s.Reshape(x, 12),
		s.Op(compute.OpTypeConvertDType, nil, shapes.Make(dtypes.Float64, 2, 6), x),
		s.Broadcast(x, []int{1, 2}, 5, 2, 6),
		s.Slice(x, 1, 1, 6),
		s.Op(compute.OpTypeConcatenate, ir.Concatenate{Axis: 0}, sketch.Float(4, 6), x, x),
		s.Reduce(compute.OpTypeReduceSum, x, 1),
	}
	s.CheckKept(t, ForwardIdentities)
}
