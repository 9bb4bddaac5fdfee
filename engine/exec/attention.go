package exec

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/attention"
)

func lowerAttention(_ *Runtime, n *ir.Node) *kernel {
	problem, heads := attentionProblem(n)
	return &kernel{run: func(c *call) error {
		p := withMask(problem, n, c)
		p.Forward(c.pool, heads(n.Inputs[0], c.out[0]), f32(c.out[1]), heads(n.Inputs[0], c.in[0]), heads(n.Inputs[1], c.in[1]), heads(n.Inputs[2], c.in[2]))
		return nil
	}}
}

func lowerAttentionGradient(_ *Runtime, n *ir.Node) *kernel {
	problem, heads := attentionProblem(n)
	last := len(n.Inputs)
	return &kernel{run: func(c *call) error {
		p := withMask(problem, n, c)
		q, k, v := n.Inputs[0], n.Inputs[1], n.Inputs[2]
		p.Gradient(c.pool, heads(q, c.out[0]), heads(k, c.out[1]), heads(v, c.out[2]),
			heads(q, c.in[0]), heads(k, c.in[1]), heads(v, c.in[2]),
			heads(q, c.in[last-3]), f32(c.in[last-2]), heads(q, c.in[last-1]))
		return nil
	}}
}

// attentionProblem describes the op to the kernels; heads views a tensor of the shape of v.
func attentionProblem(n *ir.Node) (p attention.Problem, heads func(v *ir.Value, b []byte) attention.Heads) {
	a := n.Attrs.(ir.Attention)
	headsAxis, seqAxis := a.Layout.HeadsAxis(), a.Layout.SeqAxis()
	q, k := n.Inputs[0].Dims(), n.Inputs[1].Dims()
	p = attention.Problem{
		Batch: q[0], Heads: q[headsAxis], KVHeads: k[headsAxis], QueryLen: q[seqAxis], KVLen: k[seqAxis], Dim: q[3],
		Scale: float32(a.Scale), Causal: a.Causal,
	}
	layout := attention.BHSD
	if a.Layout == compute.AttentionAxesLayoutBSHD {
		layout = attention.BSHD
	}
	return p, func(v *ir.Value, b []byte) attention.Heads {
		return layout(f32(b), v.Dims()[headsAxis], v.Dims()[seqAxis], v.Dims()[3])
	}
}

// withMask adds the mask operand, which broadcasts to [batch, heads, queries, keys].
func withMask(p attention.Problem, n *ir.Node, c *call) *attention.Problem {
	if n.Attrs.(ir.Attention).HasMask {
		mask := n.Inputs[3]
		var strides [4]int
		for i, s := range rowMajor(mask.Dims()) {
			if mask.Dims()[i] != 1 {
				strides[4-len(mask.Dims())+i] = s
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
