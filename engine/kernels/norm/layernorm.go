package norm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// LayerNorm normalises each row of x, which is [R, C] (Ba, Kiros & Hinton 2016, arXiv:1607.06450):
//
//	y = (x - mean) * rstd * gamma + beta,  rstd = 1 / sqrt(variance + epsilon)
//
// with the biased variance. gamma and beta are [cols] or nil for 1 and 0. mean and rstd [R], which the gradient
// needs, are set unless nil.
func LayerNorm(p *pool.Pool, y, mean, rstd, x, gamma, beta []float32, cols int, epsilon float32) {
	if cols == 0 {
		return
	}
	k := active()
	affine := newAffine(gamma, beta, cols)
	defer affine.free()
	forRows(p, len(x), cols, func(from, to int) {
		first, rows := from/cols, (to-from)/cols
		stats := scratch.Get(2 * rows)
		defer stats.Free()
		m, r := stats.Data[:rows], stats.Data[rows:]
		if mean != nil {
			m = mean[first:][:rows]
		}
		if rstd != nil {
			r = rstd[first:][:rows]
		}
		k.layerNorm(y[from:to], m, r, x[from:to], affine.gamma, affine.beta, epsilon)
	})
}

// LayerNormGradient sets the gradients of LayerNorm's x, gamma and beta, given mean and rstd from the forward pass
// and the gradient dy of y. gamma is nil for 1; dgamma and dbeta are nil if not wanted.
func LayerNormGradient(p *pool.Pool, dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, cols int) {
	if cols == 0 {
		return
	}
	k := active()
	affine := newAffine(gamma, nil, cols)
	defer affine.free()
	items, _ := split(len(x), cols, leastRows)
	partial := scratch.Zeroed(2 * max(items, 1) * cols)
	defer partial.Free()
	gammas, betas := partial.Data[:len(partial.Data)/2], partial.Data[len(partial.Data)/2:]
	forItems(p, len(x), cols, func(i, from, to int) {
		first, rows := from/cols, (to-from)/cols
		k.layerNormGrad(dx[from:to], gammas[i*cols:][:cols], betas[i*cols:][:cols], x[from:to], affine.gamma,
			mean[first:][:rows], rstd[first:][:rows], dy[from:to])
	})
	if dgamma != nil {
		reduce.MergeRows(reduce.Sum, dgamma, gammas)
	}
	if dbeta != nil {
		reduce.MergeRows(reduce.Sum, dbeta, betas)
	}
}

// affine is gamma and beta with the nil ones filled in.
type affine struct {
	gamma, beta []float32
	buffer      *scratch.Buffer
}

func newAffine(gamma, beta []float32, cols int) affine {
	a := affine{buffer: scratch.Zeroed(2 * cols)}
	if gamma == nil {
		gamma = a.buffer.Data[:cols]
		vector.Fill(gamma, 1)
	}
	if beta == nil {
		beta = a.buffer.Data[cols:]
	}
	a.gamma, a.beta = gamma[:cols], beta[:cols]
	return a
}

func (a affine) free() { a.buffer.Free() }
