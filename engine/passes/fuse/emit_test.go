package fuse

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func TestEmit(t *testing.T) {
	for name, test := range map[string]struct {
		build func(s sketch.Graph, x *ir.Value) []*ir.Value
		want  string
	}{
		"Clamp is two instructions, constants are instructions": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			return []*ir.Value{s.Op(compute.OpTypeClamp, nil, x.Shape, s.Scalar(-1), x, s.Scalar(2))}
		}, "0 [4 1] | 1 Constant -1 | 2 Constant 2 | 3 Max [0 1] | 4 Min [3 2] | result 4"},
		"what is read twice is loaded once": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			return []*ir.Value{s.Mul(s.Unary(compute.OpTypeExp, x), x)}
		}, "0 [4 1] | 1 Exp [0] | 2 Mul [1 0] | result 2"},
		"but twice by two strides": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			return []*ir.Value{s.Mul(x, s.Transpose(x, 1, 0))}
		}, "0 [4 1] | 1 [1 4] | 2 Mul [0 1] | result 2"},
		"what others read is stored": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			e := s.Unary(compute.OpTypeExp, x)
			return []*ir.Value{e, s.Unary(compute.OpTypeNeg, s.Unary(compute.OpTypeAbs, e))}
		}, "0 [4 1] | 1 Exp [0] | 2 Abs [1] | 3 Neg [2] | result 1, result 3"},
		"a vector with an element a row": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			scaled := s.Mul(s.Reduce(compute.OpTypeReduceSum, x, 1), s.Param(4))
			return []*ir.Value{s.Binary(compute.OpTypeDiv, x, s.Broadcast(scaled, []int{0}, 4, 4))}
		}, "0 [4 1] | 1 [1 0] | 2 ReduceSum [0] | 3 Mul [2 1] | 4 Div [0 3] | result 4"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = test.build(s, s.Param(4, 4))
			Fuse(s.Graph)
			n := s.Nodes[len(s.Nodes)-1]
			if s.Count(compute.OpType(ir.OpLoop)) != 1 || n.Op != ir.OpLoop {
				t.Fatalf("not one loop at the end:\n%s", s.Graph)
			}
			if got := listed(n.Attrs.(*ir.Loop)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Sums over axes in the middle are sums of columns, a group for each index before them.
func TestEmitGroups(t *testing.T) {
	s := sketch.New()
	s.Outputs = []*ir.Value{s.Reduce(compute.OpTypeReduceSum, s.Param(2, 3, 4, 16), 1, 2)}
	checkLoops(t, s, "[2 3 4 16]/3: ReduceSum*")
	if groups := s.Outputs[0].Producer.Attrs.(*ir.Loop).Groups; groups != 2 {
		t.Errorf("%d groups, want 2", groups)
	}
}

// A loop stands where its last node stood, after what it reads.
func TestEmitOrder(t *testing.T) {
	s := sketch.New()
	x := s.Param(8)
	e := s.Unary(compute.OpTypeExp, x)
	other := opaque(s, x)
	s.Outputs = []*ir.Value{s.Add(e, other)}
	Fuse(s.Graph)
	s.Check(t, `
		f(%0)
		%0 = Parameter() (Float32)[8]
		%1 = ConvGeneral(%0) (Float32)[8]
		%2 = Loop(%0, %1) (Float32)[8]
		return %2`)
}
