package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// part cuts part i out of a tensor [2, 5, 3, 4, 8].
func part(s sketch.Graph, x *ir.Value, i int) *ir.Value {
	slice := ir.Slice{Starts: []int{0, 0, i, 0, 0}, Limits: []int{2, 5, i + 1, 4, 8}, Strides: []int{1, 1, 1, 1, 1}}
	cut := s.Op(compute.OpTypeSlice, slice, sketch.Float(2, 5, 1, 4, 8), x)
	return s.Op(compute.OpTypeReshape, nil, sketch.Float(2, 5, 4, 8), cut)
}

// attend adds the attention of three tensors and the sum of the gradients with the given numbers, each padded to a
// part.
func attend(s sketch.Graph, q, k, v *ir.Value, gradients, parts [3]int) {
	attrs := ir.Attention{Layout: compute.AttentionAxesLayoutBSHD, Scale: 0.5}
	forward := s.New(ir.Op(compute.OpTypeFusedScaledDotProductAttention), attrs, []*ir.Value{q, k, v}, q.Shape,
		sketch.Float(2, 4, 5)).Outputs
	backward := s.New(ir.Op(compute.OpTypeFusedScaledDotProductAttentionVJP), attrs,
		[]*ir.Value{q, k, v, forward[0], forward[1], forward[0]}, q.Shape, q.Shape, q.Shape).Outputs
	var sum *ir.Value
	for i, gradient := range gradients {
		wide := s.Op(compute.OpTypeReshape, nil, sketch.Float(2, 5, 1, 4, 8), backward[gradient])
		pad := ir.Pad{Axes: make([]compute.PadAxis, 5)}
		pad.Axes[2] = compute.PadAxis{Start: parts[i], End: 2 - parts[i]}
		term := s.Op(compute.OpTypePad, pad, sketch.Float(2, 5, 3, 4, 8), wide, s.Scalar(0))
		if sum == nil {
			sum = term
		} else {
			sum = s.Add(sum, term)
		}
	}
	s.Outputs = []*ir.Value{forward[0], sum}
	PackAttention(s.Graph)
	DeadCode(s.Graph)
}

func TestPackAttention(t *testing.T) {
	s := sketch.New()
	x := s.Param(2, 5, 3, 4, 8)
	attend(s, part(s, x, 0), part(s, x, 1), part(s, x, 2), [3]int{0, 1, 2}, [3]int{0, 1, 2})
	if n := len(s.Nodes); n != 3 {
		t.Fatalf("%d nodes, want the parameter, the attention and its gradient:\n%s", n, s.Graph)
	}
	for _, n := range s.Nodes[1:] {
		if !n.Attrs.(ir.Attention).Packed || n.Inputs[0] != x || n.Inputs[1] != x || n.Inputs[2] != x {
			t.Errorf("%s does not read the packed tensor:\n%s", n.Op, s.Graph)
		}
	}
}

// TestPackAttentionKeepsOthers has parts in another order, gradients that are padded elsewhere, and one that is added
// twice.
func TestPackAttentionKeepsOthers(t *testing.T) {
	s := sketch.New()
	x := s.Param(2, 5, 3, 4, 8)
	attend(s, part(s, x, 1), part(s, x, 0), part(s, x, 2), [3]int{0, 1, 2}, [3]int{1, 0, 2})
	if s.Count(compute.OpTypeSlice) != 3 || s.Count(compute.OpTypePad) != 3 {
		t.Errorf("parts in another order:\n%s", s.Graph)
	}
	s = sketch.New()
	x = s.Param(2, 5, 3, 4, 8)
	attend(s, part(s, x, 0), part(s, x, 1), part(s, x, 2), [3]int{0, 1, 2}, [3]int{0, 2, 1})
	if s.Count(compute.OpTypePad) != 3 {
		t.Errorf("gradients padded to other parts:\n%s", s.Graph)
	}
	s = sketch.New()
	x = s.Param(2, 5, 3, 4, 8)
	attend(s, part(s, x, 0), part(s, x, 1), part(s, x, 2), [3]int{0, 1, 1}, [3]int{0, 1, 1})
	if s.Count(compute.OpTypePad) != 3 {
		t.Errorf("one gradient twice, and one not at all:\n%s", s.Graph)
	}
}
