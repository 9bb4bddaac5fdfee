package attention

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Forward sets out = softmax(scale * q kᵀ + biases, masked) v for every head, and lse [Batch, Heads, QueryLen], the
// log of each row's partition sum, which Gradient needs. A row that sees no key gives zeros and lse -Inf.
// out must not share memory with q, k or v.
func (a *Problem) Forward(p *pool.Pool, out Heads, lse []float32, q, k, v Heads) {
	p.Run(a.Batch*a.Heads, func(i, _ int) {
		portableForward(a, out, lse[i*a.QueryLen:][:a.QueryLen], q, k, v, i/a.Heads, i%a.Heads)
	})
}

// Gradient sets dq, dk and dv given q, k, v, the results out and lse of Forward, and the gradient dout of out.
// dq, dk and dv must not share memory with the inputs.
func (a *Problem) Gradient(p *pool.Pool, dq, dk, dv, q, k, v, out Heads, lse []float32, dout Heads) {
	groups := a.Heads / a.group()
	p.Run(a.Batch*groups, func(i, _ int) {
		b, g := i/groups, i%groups
		for j := range a.KVLen {
			clear(dk.at(b, g, j)[:a.Dim])
			clear(dv.at(b, g, j)[:a.Dim])
		}
		for h := g * a.group(); h < (g+1)*a.group(); h++ {
			portableGradient(a, dq, dk, dv, q, k, v, out, lse[(b*a.Heads+h)*a.QueryLen:][:a.QueryLen], dout, b, h)
		}
	})
}

// group is the number of query heads that share a key and value head.
func (a *Problem) group() int {
	if a.KVHeads == 0 {
		return 1
	}
	return a.Heads / a.KVHeads
}

func (a *Problem) scale() float32 {
	if a.Scale == 0 {
		return float32(1 / math.Sqrt(float64(a.Dim)))
	}
	return a.Scale
}
