package passes

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// constant adds one that the reference can compute with.
func constant(s sketch.Graph, x float32) *ir.Value {
	return NewConstant(s.Graph, binary.NativeEndian.AppendUint32(nil, math.Float32bits(x)), sketch.Float())
}

// sum adds a sum that the reference can compute.
func sum(s sketch.Graph, a, b *ir.Value) *ir.Value {
	n := s.Add(a, b).Producer
	n.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		v, err := f.Add(in[0], in[1])
		return []compute.Value{v}, err
	}
	return n.Outputs[0]
}

// spread adds a broadcast that the reference can compute.
func spread(s sketch.Graph, x *ir.Value, dims ...int) *ir.Value {
	n := s.Broadcast(x, nil, dims...).Producer
	n.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		v, err := f.BroadcastInDim(in[0], n.Outputs[0].Shape, nil)
		return []compute.Value{v}, err
	}
	return n.Outputs[0]
}

func TestFoldConstants(t *testing.T) {
	s := sketch.New()
	x := s.Param()
	product := s.Mul(x, sum(s, sum(s, constant(s, 2), constant(s, 3)), constant(s, 4)))
	s.Outputs = []*ir.Value{product}
	FoldConstants(s.Graph)
	DeadCode(s.Graph)
	if got, ok := product.Producer.Inputs[1].Scalar(); !ok || got != 9 {
		t.Errorf("2+3+4 became %g (constant: %t)", got, ok)
	}
	s.Check(t, `
		f(%0)
		%0 = Parameter() (Float32)
		%1 = Constant() (Float32)
		%2 = Mul(%0, %1) (Float32)
		return %2`)
}

func TestFoldConstantsBroadcastsLittle(t *testing.T) {
	s := sketch.New()
	s.Outputs = []*ir.Value{spread(s, constant(s, 2), 16)}
	FoldConstants(s.Graph)
	if op := s.Outputs[0].Op(); op != ir.Op(compute.OpTypeConstant) {
		t.Errorf("64 bytes of a constant are left to %s", op)
	}
}

func TestFoldConstantsKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph) *ir.Value{
		"of a parameter": func(s sketch.Graph) *ir.Value { return sum(s, s.Param(), constant(s, 1)) },
		"a broadcast":    func(s sketch.Graph) *ir.Value { return spread(s, constant(s, 1), 17) },
		"without replay": func(s sketch.Graph) *ir.Value { return s.Add(constant(s, 1), constant(s, 2)) },
		"that fails": func(s sketch.Graph) *ir.Value {
			v := s.Add(constant(s, 1), constant(s, 2))
			v.Producer.Replay = func(compute.Function, []compute.Value) ([]compute.Value, error) {
				return nil, errors.New("no such op")
			}
			return v
		},
		"not determined by its operands": func(s sketch.Graph) *ir.Value {
			v := sum(s, constant(s, 1), constant(s, 2))
			v.Producer.Op = ir.Op(compute.OpTypeRNGBitGenerator)
			return v
		},
		"too large": func(s sketch.Graph) *ir.Value {
			v := sum(s, constant(s, 1), constant(s, 2))
			v.Shape = sketch.Float(maxFolded/4 + 1)
			return v
		},
		"empty": func(s sketch.Graph) *ir.Value {
			v := sum(s, constant(s, 1), constant(s, 2))
			v.Shape = sketch.Float(0)
			return v
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{build(s)}
			s.CheckKept(t, FoldConstants)
		})
	}
}
