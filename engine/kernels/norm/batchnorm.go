package norm

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Epilogue is what follows a batch norm in the same pass over memory: first
// the residual is added, then ReLU. The zero value is nothing.
type Epilogue struct {
	Residual []float32 // [R, C], or nil
	Relu     bool
}

// BatchNorm normalises the columns of x, which is [R, C] with C = len(gamma), over its rows:
//
//	y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
//
// and sets mean and variance [C], the latter biased (Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1).
func BatchNorm(p *pool.Pool, y, mean, variance, x, gamma, beta []float32, epsilon float32, e Epilogue) {
	Moments(p, mean, variance, x)
	BatchNormInference(p, y, x, gamma, beta, mean, variance, epsilon, e)
}

// BatchNormInference is BatchNorm with a given mean and variance.
func BatchNormInference(p *pool.Pool, y, x, gamma, beta, mean, variance []float32, epsilon float32, e Epilogue) {
	coefficients := scratch.Get(2 * len(gamma))
	defer coefficients.Free()
	scale, shift := coefficients.Data[:len(gamma)], coefficients.Data[len(gamma):]
	ScaleShift(scale, shift, gamma, beta, mean, variance, epsilon)
	Apply(p, y, x, scale, shift, e)
}

// ScaleShift turns a batch norm into y = x*scale + shift, for callers that fuse it into another kernel:
// scale = gamma / sqrt(variance + epsilon), shift = beta - mean*scale.
func ScaleShift(scale, shift, gamma, beta, mean, variance []float32, epsilon float32) {
	for c := range gamma {
		s := float64(gamma[c]) / math.Sqrt(float64(variance[c])+float64(epsilon))
		scale[c] = float32(s)
		shift[c] = float32(float64(beta[c]) - float64(mean[c])*s)
	}
}

// Apply sets y = x*scale + shift, row by row, with the epilogue.
func Apply(p *pool.Pool, y, x, scale, shift []float32, e Epilogue) {
	forRows(p, len(x), len(scale), func(_, from, to int) {
		var residual []float32
		if e.Residual != nil {
			residual = e.Residual[from:to]
		}
		vector.ScaleShift(y[from:to], x[from:to], scale, shift, residual, e.Relu)
	})
}

// Moments sets the mean and the biased variance of each column of x, which is [R, len(mean)] with R at least 1.
//
// Each block of rows is summed relative to the mean of its first rows, so that no digits cancel, and the blocks
// are merged in float64 (Chan, Golub & LeVeque 1979, "Updating Formulae and a Pairwise Algorithm").
func Moments(p *pool.Pool, mean, variance, x []float32) {
	cols := len(mean)
	if cols == 0 {
		return
	}
	k := active()
	items, _ := split(len(x), cols)
	partial := scratch.Zeroed(3 * items * cols)
	defer partial.Free()
	forRows(p, len(x), cols, func(i, from, to int) {
		part := partial.Data[3*i*cols:][:3*cols]
		shift, sum, squares := part[:cols], part[cols:2*cols], part[2*cols:]
		head := x[from:min(to, from+headRows*cols)]
		columnMean(shift, head)
		for ; from < to; from += blockRows * cols {
			k.moments(sum, squares, shift, x[from:min(to, from+blockRows*cols)])
		}
	})
	total := float64(len(x) / cols)
	for c := range cols {
		var count, m, s float64 // of the rows merged so far: number, mean, sum of squared deviations
		for i := range items {
			part := partial.Data[3*i*cols:]
			from, to := item(i, len(x), cols)
			n := float64((to - from) / cols)
			sum := float64(part[cols+c])
			blockMean := float64(part[c]) + sum/n
			blockSquares := float64(part[2*cols+c]) - sum*sum/n
			delta := blockMean - m
			s += blockSquares + delta*delta*count*n/(count+n)
			count += n
			m += delta * n / count
		}
		mean[c] = float32(m)
		variance[c] = float32(max(s, 0) / total)
		if math.IsNaN(s) {
			variance[c] = float32(s)
		}
	}
}

const (
	headRows  = 64  // rows whose mean a work item subtracts
	blockRows = 128 // rows of which the running totals stay in registers
)

// BatchNormGradArgs are the arguments of BatchNormGradient. All are [R, C] or [C].
type BatchNormGradArgs struct {
	X        []float32 // input of the batch norm
	Gamma    []float32
	Mean     []float32 // of the batch
	Variance []float32 // of the batch, biased
	Epsilon  float32
	DY       []float32 // gradient of the output

	// Output is nil, or the output of a ReLU that follows the batch norm and
	// the addition of a residual: DY is then the gradient of the ReLU's output.
	Output []float32

	DX            []float32 // result: gradient of X
	DGamma, DBeta []float32 // results
	DResidual     []float32 // result if not nil: DY where Output > 0, else 0. It may be DY itself.
}

// BatchNormGradient is the gradient of BatchNorm through the batch's statistics, as in GoMLX's BatchNormGradient.
func BatchNormGradient(p *pool.Pool, a BatchNormGradArgs) {
	cols := len(a.Gamma)
	if cols == 0 {
		return
	}
	k := active()
	stats, apply := k.gradSums, k.gradApply
	if a.Output != nil {
		stats, apply = k.gradSumsRelu, k.gradApplyRelu
	}
	items, _ := split(len(a.X), cols)
	partial := scratch.Zeroed(2*items*cols + 3*cols)
	defer partial.Free()
	sums, coefficients := partial.Data[:2*items*cols], partial.Data[2*items*cols:]
	forRows(p, len(a.X), cols, func(i, from, to int) {
		part := sums[2*i*cols:][:2*cols]
		for ; from < to; from += blockRows * cols {
			end := min(to, from+blockRows*cols)
			stats(part[:cols], part[cols:], a.Mean, a.X[from:end], a.DY[from:end], window(a.Output, from, end))
		}
	})
	k1, k2, k3 := coefficients[:cols], coefficients[cols:2*cols], coefficients[2*cols:]
	rows := float64(len(a.X) / cols)
	for c := range cols {
		var sum, product float64 // Σ dy, Σ dy (x - mean)
		for i := range items {
			sum += float64(sums[2*i*cols+c])
			product += float64(sums[(2*i+1)*cols+c])
		}
		rstd := 1 / math.Sqrt(float64(a.Variance[c])+float64(a.Epsilon))
		scale := float64(a.Gamma[c]) * rstd
		a.DBeta[c] = float32(sum)
		a.DGamma[c] = float32(product * rstd)
		k1[c] = float32(scale)
		k2[c] = float32(-scale * rstd * rstd * product / rows)
		k3[c] = float32(-scale * sum / rows)
	}
	forRows(p, len(a.X), cols, func(_, from, to int) {
		apply(a.DX[from:to], window(a.DResidual, from, to), a.X[from:to], a.DY[from:to], window(a.Output, from, to),
			a.Mean, k1, k2, k3)
	})
}

// window is s[from:to], or nil for nil.
func window(s []float32, from, to int) []float32 {
	if s == nil {
		return nil
	}
	return s[from:to]
}
