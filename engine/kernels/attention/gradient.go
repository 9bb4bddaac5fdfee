package attention

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Gradient sets dq, dk and dv given q, k, v, the results out and lse of Forward, and the gradient dout of out.
// dq, dk and dv must not share memory with the inputs. Arrays too short for the problem are errors of the caller and
// panic.
//
// With P the probabilities, computed again from lse: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP - rowsum(dO O)) scale,
// dQ = dS K, dK = dSᵀ Q (Dao et al. 2022, algorithm 4).
func (a *Problem) Gradient(p *pool.Pool, dq, dk, dv, q, k, v, out Heads, lse []float32, dout Heads) {
	a.check(
		map[string]Heads{"q": q, "out": out, "dq": dq, "dout": dout}, map[string]Heads{"k": k, "v": v, "dk": dk, "dv": dv},
	)
	groups := a.Heads / a.group()
	p.Run(a.Batch*groups, func(i, _ int) {
		b, g := i/groups, i%groups
		size := a.KVLen * a.paddedDim()
		room := newBuffers(size, size)
		defer room.lent.Free()
		sums := gradientSums{
			dk: a.outputRows(dk, b, g, 0, room.next(size)),
			dv: a.outputRows(dv, b, g, 0, room.next(size)),
		}
		for h := g * a.group(); h < (g+1)*a.group(); h++ {
			next := b*a.Heads + h + 1
			if next%a.group() == 0 {
				next = (i + p.Threads()) * a.group()
			}
			a.gradientHead(dq, &sums, q, k, v, out, lse[(b*a.Heads+h)*a.QueryLen:][:a.QueryLen], dout, b, h, next)
		}
		a.storeOutput(dk, b, g, 0, a.KVLen, sums.dk)
		a.storeOutput(dv, b, g, 0, a.KVLen, sums.dv)
	})
}

// gradientSums collect the gradients of keys and values over the queries.
type gradientSums struct {
	dk, dv  matrix
	started bool // they hold something already
}

// gradientHead is followed by the head with number next, probably.
func (a *Problem) gradientHead(
	dq Heads, sums *gradientSums, q, k, v, out Heads, lse []float32, dout Heads, b, h, next int,
) {
	kernels, group := active(), h/a.group()
	rows, cols, ld := a.blockRows(), a.paddedDim(), padded(a.KVLen)
	transposedSize, keySize, scoreSize, headSize := a.Dim*ld, a.KVLen*cols, rows*ld, rows*cols
	room := newBuffers(2*transposedSize, keySize, 2*scoreSize, 3*headSize, rows)
	defer room.lent.Free()
	a.prefetch(k, b, group, 0, a.KVLen)
	a.prefetch(v, b, group, 0, a.KVLen)
	keysT := a.transposed(k, b, group, a.KVLen, room.next(transposedSize))
	valuesT := a.transposed(v, b, group, a.KVLen, room.next(transposedSize))
	keys := a.paddedRows(k, b, group, 0, a.KVLen, room.next(keySize))
	scores, dscores := room.next(scoreSize), room.next(scoreSize)
	queryRoom, gradRoom, result, delta := room.next(headSize), room.next(headSize), room.next(headSize), room.next(rows)
	for first := 0; first < a.QueryLen; first += rows {
		n := min(rows, a.QueryLen-first)
		later := a.nextBlock(b*a.Heads+h, next, first, rows)
		for _, heads := range []Heads{q, dout, out} {
			a.prefetch(heads, b, h, first, n)
		}
		query, grad := a.paddedRows(q, b, h, first, n, queryRoom), a.paddedRows(dout, b, h, first, n, gradRoom)
		for i := range n {
			delta[i] = reduce.DotBlock(out.at(b, h, first+i)[:a.Dim], dout.at(b, h, first+i))
		}
		score := product{c: scores, ldc: ld, a: query.data, lda: query.ld, ka: 1, b: keysT.data, ldb: keysT.ld}
		score.rows, score.cols, score.depth = n, ld, a.Dim
		score.prefetch = [3]distantRows{sums.dv.rows(), sums.dk.rows(), later.queries(q)}
		kernels.multiply(&score)
		score.c, score.a, score.lda, score.b, score.ldb = dscores, grad.data, grad.ld, valuesT.data, valuesT.ld
		score.prefetch = [3]distantRows{a.rows(dq, b*a.Heads+h, a.Heads, first, a.QueryLen), later.keys(k), later.keys(v)}
		kernels.multiply(&score)

		scale := a.maskedScores(scores, ld, b, h, first, n)
		kernels.gradient(scores, dscores, lse[first:first+n], delta, a.KVLen, ld, scale, a.scale())

		sum := product{c: sums.dv.data, ldc: sums.dv.ld, a: scores, lda: 1, ka: ld, b: grad.data, ldb: grad.ld}
		sum.add, sums.started = sums.started, true
		sum.rows, sum.cols, sum.depth = a.KVLen, cols, n
		sum.prefetch = [3]distantRows{later.queries(out), later.queries(dout)}
		kernels.multiply(&sum)
		sum.c, sum.ldc, sum.a, sum.b, sum.ldb = sums.dk.data, sums.dk.ld, dscores, query.data, query.ld
		kernels.multiply(&sum)
		to := a.outputRows(dq, b, h, first, result)
		kernels.multiply(&product{
			c: to.data, ldc: to.ld, a: dscores, lda: ld, ka: 1, b: keys.data, ldb: keys.ld,
			rows: n, cols: cols, depth: a.KVLen,
		})
		a.storeOutput(dq, b, h, first, n, to)
	}
}
