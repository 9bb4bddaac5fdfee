package fuse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// rowwise reduces the last axis and keeps it with size 1.
func rowwise(s sketch.Graph, op compute.OpType, x *ir.Value) *ir.Value {
	last := x.Shape.Rank() - 1
	dims := append([]int{}, x.Dims()...)
	dims[last] = 1
	return s.Reshape(s.Reduce(op, x, last), dims...)
}

// opaque is an op that no loop computes.
func opaque(s sketch.Graph, x *ir.Value) *ir.Value { return s.Unary(compute.OpTypeConvGeneral, x) }

// checkLoops fuses the graph and compares its loops, a line each.
func checkLoops(t *testing.T, s sketch.Graph, want string) {
	t.Helper()
	Fuse(s.Graph)
	var loops []string
	seen := map[*ir.Value]bool{}
	for _, n := range s.Nodes {
		if l, ok := n.Attrs.(*ir.Loop); ok {
			loops = append(loops, l.String())
		}
		for _, v := range n.Inputs {
			if !seen[v] {
				t.Errorf("%s reads a value before it is computed", n.Op)
			}
		}
		for _, v := range n.Outputs {
			seen[v] = true
		}
	}
	if got := strings.Join(loops, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// listed describes a loop: the strides of what it loads, instructions and results. Values are numbered, the loads
// first.
func listed(l *ir.Loop) string {
	var b strings.Builder
	for i, load := range l.Loads {
		fmt.Fprintf(&b, "%d %v | ", i, load.Strides)
	}
	for i, in := range l.Body {
		fmt.Fprintf(&b, "%d %s", len(l.Loads)+i, in.Op)
		if in.Op == ir.Op(compute.OpTypeConstant) {
			fmt.Fprintf(&b, " %g", in.Scalar)
		} else {
			fmt.Fprintf(&b, " %v", in.Args)
		}
		b.WriteString(" | ")
	}
	for i, r := range l.Results {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "result %d", r.Value)
	}
	return b.String()
}

func TestSoftmaxIsOneLoop(t *testing.T) {
	s := sketch.New()
	x := s.Param(64, 100)
	e := s.Unary(compute.OpTypeExp, s.Binary(compute.OpTypeSub, x, rowwise(s, compute.OpTypeReduceMax, x)))
	s.Outputs = []*ir.Value{s.Binary(compute.OpTypeDiv, e, rowwise(s, compute.OpTypeReduceSum, e))}
	checkLoops(t, s, "[64 100]/1: ReduceMax Sub Exp ReduceSum Div")
}

// Loops that read the same tensor are one, though neither reads the other.
func TestSiblings(t *testing.T) {
	s := sketch.New()
	x := s.Param(32)
	s.Outputs = []*ir.Value{s.Unary(compute.OpTypeExp, x), s.Unary(compute.OpTypeTanh, x)}
	checkLoops(t, s, "[32]/0: Exp Tanh")
}

// A chain leaves the loop and comes back: a·b may not be in the loop of a.
func TestNoCycle(t *testing.T) {
	s := sketch.New()
	a := s.Unary(compute.OpTypeExp, s.Param(32))
	s.Outputs = []*ir.Value{s.Mul(a, opaque(s, a))}
	checkLoops(t, s, "[32]/0: Exp\n[32]/0: Mul")
}

// The chain may leave one node of a loop and come back to another, by way of a third loop.
func TestNoCycleThroughLoops(t *testing.T) {
	s := sketch.New()
	x := s.Param(4, 8)
	a := s.Unary(compute.OpTypeExp, x)
	rows := s.Unary(compute.OpTypeNeg, s.Reduce(compute.OpTypeReduceSum, opaque(s, a), 0))
	b := s.Binary(compute.OpTypeSub, x, s.Broadcast(rows, []int{1}, 4, 8))
	s.Outputs = []*ir.Value{a, b}
	checkLoops(t, s, "[4 8]/0: Exp\n[4 8]/1: ReduceSum*\n[8]/0: Neg\n[4 8]/0: Sub")
}

// A sum of columns is complete after the last row only.
func TestColumnsAreReadByAnotherLoop(t *testing.T) {
	s := sketch.New()
	x := s.Param(64, 100)
	columns := s.Reduce(compute.OpTypeReduceSum, x, 0)
	s.Outputs = []*ir.Value{s.Binary(compute.OpTypeSub, x, s.Broadcast(columns, []int{1}, 64, 100))}
	checkLoops(t, s, "[64 100]/1: ReduceSum*\n[64 100]/0: Sub")
}

// The transposed value is not there yet when its loop reads it.
func TestTransposedValueIsReadByAnotherLoop(t *testing.T) {
	s := sketch.New()
	x := s.Param(4, 4)
	s.Outputs = []*ir.Value{s.Add(s.Transpose(s.Unary(compute.OpTypeExp, x), 1, 0), x)}
	checkLoops(t, s, "[4 4]/0: Exp\n[4 4]/0: Add")
}

func TestFuseKeepsOthers(t *testing.T) {
	s := sketch.New()
	x := s.Param(4, 4)
	s.Outputs = []*ir.Value{s.Transpose(opaque(s, x), 1, 0), s.Reduce(compute.OpTypeReduceProduct, x, 1)}
	s.CheckKept(t, Fuse)
}
