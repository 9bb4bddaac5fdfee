package exec

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/attention"
)

func lowerAttention(_ *Runtime, n *ir.Node) *kernel {
	a := newAttentionOp(n)
	return &kernel{run: func(c *call) error {
		p := withMask(a.Problem, n, c)
		q, k, v := a.operands(c.in)
		p.Forward(c.pool, a.queries(c.out[0]), f32(c.out[1]), q, k, v)
		return nil
	}}
}

func lowerAttentionGradient(_ *Runtime, n *ir.Node) *kernel {
	a := newAttentionOp(n)
	last := len(n.Inputs)
	return &kernel{run: func(c *call) error {
		p := withMask(a.Problem, n, c)
		q, k, v := a.operands(c.in)
		dq, dk, dv := a.operands(c.out)
		p.Gradient(c.pool, dq, dk, dv, q, k, v, a.queries(c.in[last-3]), f32(c.in[last-2]), a.queries(c.in[last-1]))
		return nil
	}}
}

// attentionOp describes an attention or its gradient to the kernels.
type attentionOp struct {
	attention.Problem
	layout func(data []float32, heads, seq, dim int) attention.Heads
	packed bool
}

func newAttentionOp(n *ir.Node) *attentionOp {
	attrs := n.Attrs.(ir.Attention)
	headsAxis, seqAxis := attrs.Layout.HeadsAxis(), attrs.Layout.SeqAxis()
	q, k := n.Inputs[0].Dims(), n.Inputs[1].Dims()
	if attrs.Packed {
		q = []int{q[0], q[1], q[3], q[4]}
		k = q
	}
	a := &attentionOp{layout: attention.BHSD, packed: attrs.Packed, Problem: attention.Problem{
		Batch: q[0], Heads: q[headsAxis], KVHeads: k[headsAxis], QueryLen: q[seqAxis], KVLen: k[seqAxis], Dim: q[3],
		Scale: float32(attrs.Scale), Causal: attrs.Causal,
	}}
	if attrs.Layout == compute.AttentionAxesLayoutBSHD {
		a.layout = attention.BSHD
	}
	return a
}

// queries views a tensor of the shape of the queries.
func (a *attentionOp) queries(b []byte) attention.Heads {
	return a.layout(f32(b), a.Heads, a.QueryLen, a.Dim)
}

// operands views query, key and value, or their gradients.
func (a *attentionOp) operands(tensors [][]byte) (q, k, v attention.Heads) {
	if !a.packed {
		keys := func(b []byte) attention.Heads { return a.layout(f32(b), a.KVHeads, a.KVLen, a.Dim) }
		return a.queries(tensors[0]), keys(tensors[1]), keys(tensors[2])
	}
	width := a.Heads * a.Dim
	part := func(i int) attention.Heads {
		return attention.Heads{Data: f32(tensors[0])[i*width:], Batch: 3 * a.QueryLen * width, Head: a.Dim, Seq: 3 * width}
	}
	return part(0), part(1), part(2)
}

// withMask adds the mask operand, which broadcasts to the scores.
func withMask(p attention.Problem, n *ir.Node, c *call) *attention.Problem {
	if attrs := n.Attrs.(ir.Attention); attrs.HasMask {
		mask := n.Inputs[3]
		axes := attrs.MaskAxes(len(mask.Dims()))
		var strides [4]int
		for i, s := range rowMajor(mask.Dims()) {
			if mask.Dims()[i] != 1 {
				strides[axes[i]] = s
			}
		}
		of := attention.Strides{Batch: strides[0], Head: strides[1], Query: strides[2], Key: strides[3]}
		if mask.Shape.DType == dtypes.Bool {
			p.Mask, p.MaskStrides = view[bool](c.in[3]), of
		} else {
			p.Biases = []attention.Bias{{Data: f32(c.in[3]), Strides: of}}
		}
	}
	return &p
}
