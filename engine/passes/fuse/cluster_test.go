package fuse

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// What has one element a row joins the loop that reduces the rows.
func TestRowsJoin(t *testing.T) {
	s := sketch.New()
	x := s.Param(6, 10)
	norm := s.Unary(compute.OpTypeSqrt, s.Reduce(compute.OpTypeReduceSum, s.Mul(x, x), 1))
	s.Outputs = []*ir.Value{s.Binary(compute.OpTypeDiv, x, s.Broadcast(norm, []int{0}, 6, 10))}
	checkLoops(t, s, "[6 10]/1: Mul ReduceSum Sqrt Div")
}

// Rows and columns of the same length are reduced at once.
func TestRowsAndColumnsJoin(t *testing.T) {
	s := sketch.New()
	x := s.Param(6, 10)
	s.Outputs = []*ir.Value{s.Reduce(compute.OpTypeReduceMax, x, 1), s.Reduce(compute.OpTypeReduceSum, x, 0)}
	checkLoops(t, s, "[6 10]/1: ReduceMax ReduceSum*")
}

func TestJoinKeepsApart(t *testing.T) {
	for name, test := range map[string]struct {
		build func(s sketch.Graph, x *ir.Value) []*ir.Value
		want  string
	}{
		"rows of two lengths": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			return []*ir.Value{s.Reduce(compute.OpTypeReduceMax, x, 2), s.Reduce(compute.OpTypeReduceMax, x, 1, 2)}
		}, "[4 5 6]/2: ReduceMax\n[4 5 6]/1: ReduceMax"},
		"columns of two numbers of groups": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			return []*ir.Value{s.Reduce(compute.OpTypeReduceSum, x, 0, 1), s.Reduce(compute.OpTypeReduceSum, x, 1)}
		}, "[4 5 6]/2: ReduceSum*\n[4 5 6]/2: ReduceSum*"},
		"two spaces": {func(s sketch.Graph, x *ir.Value) []*ir.Value {
			e := s.Unary(compute.OpTypeExp, x)
			return []*ir.Value{e, s.Unary(compute.OpTypeNeg, s.Reshape(e, 20, 6))}
		}, "[4 5 6]/0: Exp\n[20 6]/0: Neg"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = test.build(s, s.Param(4, 5, 6))
			checkLoops(t, s, test.want)
		})
	}
}

// A chain longer than a loop may be is cut.
func TestJoinLimit(t *testing.T) {
	s := sketch.New()
	y := s.Param(8)
	for range maxNodes + 1 {
		y = s.Unary(compute.OpTypeTanh, y)
	}
	s.Outputs = []*ir.Value{y}
	Fuse(s.Graph)
	if len(s.Nodes) != 3 {
		t.Fatalf("%d nodes, want the parameter and two loops", len(s.Nodes))
	}
	for i, want := range []int{maxNodes, 1} {
		if got := len(s.Nodes[1+i].Attrs.(*ir.Loop).Body); got != want {
			t.Errorf("loop %d has %d ops, want %d", i, got, want)
		}
	}
}
