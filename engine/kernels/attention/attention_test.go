package attention

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// reference computes output and gradients in float64, one score at a time.
type reference struct{ out, dq, dk, dv []float64 }

func (a *Problem) reference(q, k, v, dout Heads) reference {
	r := reference{
		make([]float64, len(q.Data)), make([]float64, len(q.Data)), make([]float64, len(k.Data)),
		make([]float64, len(v.Data)),
	}
	index := func(h Heads, b, head, s, d int) int { return b*h.Batch + head*h.Head + s*h.Seq + d }
	for b := range a.Batch {
		for h := range a.Heads {
			g := h / a.group()
			for i := range a.QueryLen {
				scores := make([]float64, a.KVLen)
				maximum := math.Inf(-1)
				for j := range scores {
					scores[j] = math.Inf(-1)
					if a.hidden(b, h, i, j) {
						continue
					}
					var dot float64
					for d := range a.Dim {
						dot += float64(q.Data[index(q, b, h, i, d)]) * float64(k.Data[index(k, b, g, j, d)])
					}
					scores[j] = dot * float64(a.scale())
					for _, bias := range a.Biases {
						scores[j] += float64(bias.Data[bias.Strides.offset(b, h, i)+j*bias.Strides.Key])
					}
					maximum = max(maximum, scores[j])
				}
				if math.IsInf(maximum, -1) {
					continue
				}
				var sum, delta float64
				for _, s := range scores {
					sum += math.Exp(s - maximum)
				}
				dp := make([]float64, a.KVLen)
				for j := range scores {
					scores[j] = math.Exp(scores[j]-maximum) / sum
					for d := range a.Dim {
						r.out[index(q, b, h, i, d)] += scores[j] * float64(v.Data[index(v, b, g, j, d)])
						dp[j] += float64(dout.Data[index(q, b, h, i, d)]) * float64(v.Data[index(v, b, g, j, d)])
						r.dv[index(v, b, g, j, d)] += scores[j] * float64(dout.Data[index(q, b, h, i, d)])
					}
					delta += scores[j] * dp[j]
				}
				for j := range scores {
					ds := scores[j] * (dp[j] - delta) * float64(a.scale())
					for d := range a.Dim {
						r.dq[index(q, b, h, i, d)] += ds * float64(k.Data[index(k, b, g, j, d)])
						r.dk[index(k, b, g, j, d)] += ds * float64(q.Data[index(q, b, h, i, d)])
					}
				}
			}
		}
	}
	return r
}

func (a *Problem) hidden(b, h, i, j int) bool {
	return a.Causal && j > i ||
		a.KVLengths != nil && j >= int(a.KVLengths[b]) ||
		a.QueryLengths != nil && i >= int(a.QueryLengths[b]) ||
		a.Mask != nil && !a.Mask[a.MaskStrides.offset(b, h, i)+j*a.MaskStrides.Key]
}

func bools(seed uint64, n int) []bool {
	m := make([]bool, n)
	for i, v := range kerneltest.Random(seed, n, 0, 1) {
		m[i] = v > -0.5
	}
	return m
}

// tolerance is relative to the greatest element of an array.
const tolerance = 3e-6

// problems are the shapes of vision transformers and everything that changes scores.
func problems() map[string]Problem {
	vit := Problem{Batch: 2, Heads: 2, QueryLen: 65, KVLen: 65, Dim: 64}
	small := Problem{Batch: 2, Heads: 4, QueryLen: 13, KVLen: 21, Dim: 16}
	with := func(p Problem, change func(p *Problem)) Problem {
		change(&p)
		return p
	}
	return map[string]Problem{
		"one":     {Batch: 1, Heads: 1, QueryLen: 1, KVLen: 1, Dim: 1},
		"vit":     vit,
		"several": with(vit, func(p *Problem) { p.QueryLen, p.KVLen, p.Dim, p.Batch = 130, 257, 16, 1 }),
		"odd dim": with(small, func(p *Problem) { p.Dim = 20 }),
		"cross":   small,
		"scale":   with(small, func(p *Problem) { p.Scale = 0.7 }),
		"causal":  with(vit, func(p *Problem) { p.Causal = true }),
		"grouped": with(small, func(p *Problem) { p.KVHeads = 2 }),
		"full mask": with(
			small, func(p *Problem) { p.Mask, p.MaskStrides = bools(9, 2*4*13*21), Strides{4 * 13 * 21, 13 * 21, 21, 1} },
		),
		"key mask":   with(small, func(p *Problem) { p.Mask, p.MaskStrides = bools(9, 2*21), Strides{Batch: 21, Key: 1} }),
		"query mask": with(small, func(p *Problem) { p.Mask, p.MaskStrides = bools(9, 13), Strides{Query: 1} }),
		"bias": with(
			small, func(p *Problem) { p.Biases = []Bias{{kerneltest.Random(7, 13*21, 0, 1), Strides{Query: 21, Key: 1}}} },
		),
		"two biases": with(small, func(p *Problem) {
			p.Biases = []Bias{
				{kerneltest.Random(7, 4, 0, 1), Strides{Head: 1}}, {kerneltest.Random(8, 42, 0, 1), Strides{Key: 2}},
			}
		}),
		"lengths":      with(small, func(p *Problem) { p.QueryLengths, p.KVLengths = []int32{13, 5}, []int32{7, 21} }),
		"nothing seen": with(small, func(p *Problem) { p.KVLengths = []int32{0, 3} }),
	}
}

// layouts lay out the heads of a problem.
var layouts = map[string]func(data []float32, heads, seq, dim int) Heads{"BHSD": BHSD, "BSHD": BSHD}

func TestAttention(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for name, a := range problems() {
			for layout, heads := range layouts {
				kvHeads := a.Heads / a.group()
				queries := func(seed uint64) Heads {
					return heads(kerneltest.Random(seed, a.Batch*a.Heads*a.QueryLen*a.Dim, 0, 1), a.Heads, a.QueryLen, a.Dim)
				}
				keys := func(seed uint64) Heads {
					return heads(kerneltest.Random(seed, a.Batch*kvHeads*a.KVLen*a.Dim, 0, 1), kvHeads, a.KVLen, a.Dim)
				}
				q, k, v, dout := queries(1), keys(2), keys(3), queries(4)
				got := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
					out, dq, dk, dv := queries(5), queries(5), keys(5), keys(5)
					lse := make([]float32, a.Batch*a.Heads*a.QueryLen)
					a.Forward(p, out, lse, q, k, v)
					a.Gradient(p, dq, dk, dv, q, k, v, out, lse, dout)
					return [][]float32{out.Data, dq.Data, dk.Data, dv.Data}
				})
				want := a.reference(q, k, v, dout)
				what := fmt.Sprintf("%s, %s: ", name, layout)
				kerneltest.Near(t, what+"output", got[0], want.out, tolerance)
				kerneltest.Near(t, what+"dv", got[3], want.dv, tolerance)
				if a.KVLen > 1 { // one key has no gradient: only rounding is left
					kerneltest.Near(t, what+"dq", got[1], want.dq, tolerance)
					kerneltest.Near(t, what+"dk", got[2], want.dk, tolerance)
				}
			}
		}
	})
}

// Query, key and value may lie in one array, as a single linear layer leaves them.
func TestPackedLayout(t *testing.T) {
	a := Problem{Batch: 2, Heads: 3, QueryLen: 17, KVLen: 17, Dim: 16}
	width := 3 * a.Heads * a.Dim
	data := kerneltest.Random(1, a.Batch*a.QueryLen*width, 0, 1)
	part := func(i int) Heads {
		return Heads{Data: data[i*a.Heads*a.Dim:], Batch: a.QueryLen * width, Head: a.Dim, Seq: width}
	}
	apart := func(i int) Heads {
		h := BSHD(make([]float32, a.Batch*a.QueryLen*a.Heads*a.Dim), a.Heads, a.QueryLen, a.Dim)
		for row := range a.Batch * a.QueryLen {
			copy(h.Data[row*a.Heads*a.Dim:][:a.Heads*a.Dim], data[row*width+i*a.Heads*a.Dim:])
		}
		return h
	}
	run := func(heads func(int) Heads) []float32 {
		out := BSHD(make([]float32, a.Batch*a.QueryLen*a.Heads*a.Dim), a.Heads, a.QueryLen, a.Dim)
		a.Forward(nil, out, make([]float32, a.Batch*a.Heads*a.QueryLen), heads(0), heads(1), heads(2))
		return out.Data
	}
	if !slices.Equal(run(part), run(apart)) {
		t.Error("the result depends on the layout")
	}
}

func TestTiersAgree(t *testing.T) {
	for name, a := range problems() {
		if a.KVHeads != 0 {
			continue
		}
		heads := func(seed uint64, seq int) Heads {
			return BSHD(kerneltest.Random(seed, a.Batch*a.Heads*seq*a.Dim, 0, 1), a.Heads, seq, a.Dim)
		}
		t.Run(name, func(t *testing.T) {
			kerneltest.SameForTiers(t, func() [][]float32 {
				q, k, v, out := heads(1, a.QueryLen), heads(2, a.KVLen), heads(3, a.KVLen), heads(4, a.QueryLen)
				dq, dk, dv := heads(4, a.QueryLen), heads(4, a.KVLen), heads(4, a.KVLen)
				lse := make([]float32, a.Batch*a.Heads*a.QueryLen)
				a.Forward(nil, out, lse, q, k, v)
				a.Gradient(nil, dq, dk, dv, q, k, v, out, lse, heads(6, a.QueryLen))
				return [][]float32{out.Data, lse, dq.Data, dk.Data, dv.Data}
			})
		})
	}
}

func BenchmarkAttention(b *testing.B) {
	p := pool.New(0)
	defer p.Close()
	for name, a := range map[string]Problem{
		"ViT-Ti4-32":  {Batch: 64, Heads: 3, QueryLen: 65, KVLen: 65, Dim: 64},
		"ViT-S16-224": {Batch: 8, Heads: 6, QueryLen: 197, KVLen: 197, Dim: 64},
	} {
		n := a.Batch * a.Heads * a.QueryLen * a.Dim
		heads := func(seed uint64) Heads { return BSHD(kerneltest.Random(seed, n, 0, 1), a.Heads, a.QueryLen, a.Dim) }
		q, k, v, out, lse := heads(1), heads(2), heads(3), heads(4), make([]float32, n/a.Dim)
		dq, dk, dv, dout := heads(5), heads(6), heads(7), heads(8)
		products := float64(2*n) * float64(a.KVLen) // operations of one matrix product
		b.Run(name+"/forward", func(b *testing.B) {
			for b.Loop() {
				a.Forward(p, out, lse, q, k, v)
			}
			b.ReportMetric(2*products*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
		b.Run(name+"/gradient", func(b *testing.B) {
			for b.Loop() {
				a.Gradient(p, dq, dk, dv, q, k, v, out, lse, dout)
			}
			b.ReportMetric(5*products*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
	}
}
