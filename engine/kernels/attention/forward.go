package attention

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Forward sets out = softmax(scale * q kᵀ + biases, masked) v for every head, and lse [Batch, Heads, QueryLen], the
// log of each row's partition sum, which Gradient needs. A row that sees no key gives zeros and lse -Inf.
// out must not share memory with q, k or v. Arrays too short for the problem are errors of the caller and panic.
func (a *Problem) Forward(p *pool.Pool, out Heads, lse []float32, q, k, v Heads) {
	a.check(map[string]Heads{"q": q, "out": out}, map[string]Heads{"k": k, "v": v})
	p.Run(a.Batch*a.Heads, func(i, _ int) {
		a.forwardHead(out, lse[i*a.QueryLen:][:a.QueryLen], q, k, v, i/a.Heads, i%a.Heads, i+p.Threads())
	})
}

// forwardHead is followed by the head with number next, probably.
func (a *Problem) forwardHead(out Heads, lse []float32, q, k, v Heads, b, h, next int) {
	kernels, group := active(), h/a.group()
	rows, cols, ld := a.blockRows(), a.paddedDim(), padded(a.KVLen)
	keySize, valueSize, scoreSize, outSize := a.Dim*ld, a.KVLen*cols, rows*ld, rows*cols
	room := newBuffers(keySize, valueSize, scoreSize, outSize, rows)
	defer room.lent.Free()
	a.prefetch(k, b, group, 0, a.KVLen)
	a.prefetch(v, b, group, 0, a.KVLen)
	keys := a.transposed(k, b, group, a.KVLen, room.next(keySize))
	values := a.paddedRows(v, b, group, 0, a.KVLen, room.next(valueSize))
	scores, result, inverse := room.next(scoreSize), room.next(outSize), room.next(rows)
	for first := 0; first < a.QueryLen; first += rows {
		n := min(rows, a.QueryLen-first)
		query := q.view(b, h, first)
		later := a.nextBlock(b*a.Heads+h, next, first, rows)
		a.prefetch(q, b, h, first, n)
		kernels.multiply(&product{
			c: scores, ldc: ld, a: query.data, lda: query.ld, ka: 1, b: keys.data, ldb: keys.ld,
			rows: n, cols: ld, depth: a.Dim,
			prefetch: [3]distantRows{a.rows(out, b*a.Heads+h, a.Heads, first, a.QueryLen), later.keys(k), later.keys(v)},
		})
		scale := a.maskedScores(scores, ld, b, h, first, n)
		kernels.softmax(scores, lse[first:first+n], inverse, a.KVLen, ld, scale)
		to := a.outputRows(out, b, h, first, result)
		kernels.multiply(&product{
			c: to.data, ldc: to.ld, a: scores, lda: ld, ka: 1, b: values.data, ldb: values.ld,
			rows: n, cols: cols, depth: a.KVLen, factors: inverse,
			prefetch: [3]distantRows{later.queries(q)},
		})
		a.storeOutput(out, b, h, first, n, to)
	}
}

// check panics unless the arrays have the shape of the problem.
func (a *Problem) check(queries, keys map[string]Heads) {
	for what, h := range queries {
		h.check(what, a.Batch, a.Heads, a.QueryLen, a.Dim)
	}
	for what, h := range keys {
		h.check(what, a.Batch, a.Heads/a.group(), a.KVLen, a.Dim)
	}
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
