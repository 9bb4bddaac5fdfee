package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// PackAttention lets self-attention read queries, keys and values where one projection left them, [batch, seq, 3,
// heads, dim], and leave their gradients likewise: nothing is cut out, padded and added.
func PackAttention(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		switch compute.OpType(n.Op) {
		case compute.OpTypeFusedScaledDotProductAttention:
			return packed(g, n, n.Outputs[0].Shape, n.Outputs[1].Shape)
		case compute.OpTypeAdd:
			if vjp := gradientOfParts(n.Outputs[0]); vjp != nil {
				return packed(g, vjp, n.Outputs[0].Shape)
			}
		}
		return nil
	})
}

// packed is an attention or its gradient whose query, key and value are the three parts of one tensor, or nil.
func packed(g *ir.Graph, n *ir.Node, outputs ...shapes.Shape) []*ir.Value {
	attrs := n.Attrs.(ir.Attention)
	if attrs.Layout != compute.AttentionAxesLayoutBSHD || attrs.Packed {
		return nil
	}
	var whole *ir.Value
	for i, v := range n.Inputs[:3] {
		from, part := partOf(v)
		if from == nil || part != i || i > 0 && from != whole {
			return nil
		}
		whole = from
	}
	attrs.Packed = true
	inputs := append([]*ir.Value{whole, whole, whole}, n.Inputs[3:]...)
	return g.New(n.Op, attrs, inputs, outputs...).Outputs
}

// partOf recognizes element part of axis 2 of a tensor [batch, seq, 3, heads, dim], without that axis.
func partOf(v *ir.Value) (whole *ir.Value, part int) {
	if v.Op() != ir.Op(compute.OpTypeReshape) || v.Producer.Inputs[0].Op() != ir.Op(compute.OpTypeSlice) {
		return nil, 0
	}
	slice := v.Producer.Inputs[0].Producer
	attrs := slice.Attrs.(ir.Slice)
	whole = slice.Inputs[0]
	dims := whole.Dims()
	if !isPacked(dims, v.Dims()) {
		return nil, 0
	}
	for i, d := range dims {
		if i != 2 && slice.Outputs[0].Dims()[i] != d || i == 2 && attrs.Limits[i] != attrs.Starts[i]+1 {
			return nil, 0
		}
	}
	return whole, attrs.Starts[2]
}

// isPacked says that whole is [batch, seq, 3, heads, dim] and part [batch, seq, heads, dim].
func isPacked(whole, part []int) bool {
	return len(whole) == 5 && whole[2] == 3 && slices.Equal(part, slices.Concat(whole[:2], whole[3:]))
}

// gradientOfParts recognizes the sum of the three gradients of an attention, each padded with zeros to the tensor that
// it is a part of.
func gradientOfParts(sum *ir.Value) *ir.Node {
	var vjp *ir.Node
	terms := addends(sum, 3)
	if len(terms) != 3 {
		return nil
	}
	var found [3]bool
	for _, term := range terms {
		gradient, part := padded(term)
		if gradient == nil || gradient.Op() != ir.Op(compute.OpTypeFusedScaledDotProductAttentionVJP) {
			return nil
		}
		n := gradient.Producer
		if len(n.Outputs) != 3 || n.Outputs[part] != gradient || vjp != nil && vjp != n || found[part] {
			return nil
		}
		vjp, found[part] = n, true
	}
	return vjp
}

// addends lists the terms of a sum, or one more than most if there are more.
func addends(v *ir.Value, most int) []*ir.Value {
	terms := []*ir.Value{v}
	for i := 0; i < len(terms) && len(terms) <= most; {
		if terms[i].Op() != ir.Op(compute.OpTypeAdd) {
			i++
			continue
		}
		terms = slices.Replace(terms, i, i+1, terms[i].Producer.Inputs...)
	}
	return terms
}

// padded recognizes a tensor that partOf would cut out of v, zeros elsewhere.
func padded(v *ir.Value) (inner *ir.Value, part int) {
	if v.Op() != ir.Op(compute.OpTypePad) || !isScalar(v.Producer.Inputs[1], 0) {
		return nil, 0
	}
	from := v.Producer.Inputs[0]
	if from.Op() != ir.Op(compute.OpTypeReshape) || !isPacked(v.Dims(), from.Producer.Inputs[0].Dims()) {
		return nil, 0
	}
	for i, axis := range v.Producer.Attrs.(ir.Pad).Axes {
		if axis.Interior != 0 || axis.Start < 0 || axis.End < 0 || i != 2 && (axis.Start != 0 || axis.End != 0) {
			return nil, 0
		}
		if i == 2 {
			part = axis.Start
		}
	}
	return from.Producer.Inputs[0], part
}
