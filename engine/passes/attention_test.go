package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// part cuts part i out of a tensor [2, 5, 3, 4, 8].
func (s sketch) part(x *ir.Value, i int) *ir.Value {
	slice := ir.Slice{Starts: []int{0, 0, i, 0, 0}, Limits: []int{2, 5, i + 1, 4, 8}, Strides: []int{1, 1, 1, 1, 1}}
	cut := s.op(compute.OpTypeSlice, slice, float(2, 5, 1, 4, 8), x)
	return s.op(compute.OpTypeReshape, nil, float(2, 5, 4, 8), cut)
}

// attend adds the attention of three tensors and the sum of its gradients, padded to parts.
func (s sketch) attend(q, k, v *ir.Value, parts [3]int) {
	attrs := ir.Attention{Layout: compute.AttentionAxesLayoutBSHD, Scale: 0.5}
	forward := s.New(ir.Op(compute.OpTypeFusedScaledDotProductAttention), attrs, []*ir.Value{q, k, v}, q.Shape, float(2, 4, 5)).Outputs
	backward := s.New(ir.Op(compute.OpTypeFusedScaledDotProductAttentionVJP), attrs,
		[]*ir.Value{q, k, v, forward[0], forward[1], forward[0]}, q.Shape, q.Shape, q.Shape).Outputs
	var sum *ir.Value
	for i, d := range backward {
		wide := s.op(compute.OpTypeReshape, nil, float(2, 5, 1, 4, 8), d)
		pad := ir.Pad{Axes: make([]compute.PadAxis, 5)}
		pad.Axes[2] = compute.PadAxis{Start: parts[i], End: 2 - parts[i]}
		term := s.op(compute.OpTypePad, pad, float(2, 5, 3, 4, 8), wide, s.scalar(0))
		if sum == nil {
			sum = term
		} else {
			sum = s.add(sum, term)
		}
	}
	s.Outputs = []*ir.Value{forward[0], sum}
	PackAttention(s.Graph)
	DeadCode(s.Graph)
}

func (s sketch) count(op compute.OpType) (n int) {
	for _, node := range s.Nodes {
		if node.Op == ir.Op(op) {
			n++
		}
	}
	return n
}

func TestPackAttention(t *testing.T) {
	s := newSketch()
	x := s.param(2, 5, 3, 4, 8)
	s.attend(s.part(x, 0), s.part(x, 1), s.part(x, 2), [3]int{0, 1, 2})
	if n := len(s.Nodes); n != 3 {
		t.Fatalf("%d nodes, want the parameter, the attention and its gradient:\n%s", n, s.Graph)
	}
	for _, n := range s.Nodes[1:] {
		if !n.Attrs.(ir.Attention).Packed || n.Inputs[0] != x || n.Inputs[1] != x || n.Inputs[2] != x {
			t.Errorf("%s does not read the packed tensor:\n%s", n.Op, s.Graph)
		}
	}
}

// TestPackAttentionKeepsOthers has parts in another order, and gradients that are padded elsewhere.
func TestPackAttentionKeepsOthers(t *testing.T) {
	s := newSketch()
	x := s.param(2, 5, 3, 4, 8)
	s.attend(s.part(x, 1), s.part(x, 0), s.part(x, 2), [3]int{1, 0, 2})
	if s.count(compute.OpTypeSlice) != 3 || s.count(compute.OpTypePad) != 3 {
		t.Errorf("parts in another order:\n%s", s.Graph)
	}
	s = newSketch()
	x = s.param(2, 5, 3, 4, 8)
	s.attend(s.part(x, 0), s.part(x, 1), s.part(x, 2), [3]int{0, 2, 1})
	if s.count(compute.OpTypePad) != 3 {
		t.Errorf("gradients padded to other parts:\n%s", s.Graph)
	}
}
