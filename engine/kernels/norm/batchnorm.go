package norm

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
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
	forRows(p, len(x), len(scale), func(from, to int) {
		var residual []float32
		if e.Residual != nil {
			residual = e.Residual[from:to]
		}
		vector.ScaleShift(y[from:to], x[from:to], scale, shift, residual, e.Relu)
	})
}

// Moments sets the mean and the biased variance of each column of x, which is [R, len(mean)] with R at least 1.
//
// It sums x - k and (x - k)² in one pass (Chan, Golub & LeVeque 1983, "Algorithms for Computing the Sample
// Variance"), where k is the mean of some rows spread over x: so near to the mean that no digits cancel.
func Moments(p *pool.Pool, mean, variance, x []float32) {
	cols := len(mean)
	if cols == 0 {
		return
	}
	k := active()
	items, _ := split(len(x), cols, leastRows)
	partial := scratch.Zeroed((2*items + 3) * cols)
	defer partial.Free()
	shift, sums, parts := partial.Data[:cols], partial.Data[cols:3*cols], partial.Data[3*cols:]
	sampleMean(shift, x)
	forItems(p, len(x), cols, func(i, from, to int) {
		part := parts[2*i*cols:][:2*cols]
		k.moments(part[:cols], part[cols:], shift, x[from:to])
	})
	reduce.MergeRows(reduce.Sum, sums, parts)
	rows := float64(len(x) / cols)
	for c := range cols {
		offset := float64(sums[c]) / rows
		mean[c] = float32(float64(shift[c]) + offset)
		variance[c] = float32(max(float64(sums[cols+c])/rows-offset*offset, 0))
	}
}

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
	a.Mean = a.Mean[:cols]
	k := active()
	stats, apply := k.gradSums, k.gradApply
	if a.Output != nil {
		stats, apply = k.gradSumsRelu, k.gradApplyRelu
	}
	items, _ := split(len(a.X), cols, leastRows)
	partial := scratch.Zeroed((2*items + 5) * cols)
	defer partial.Free()
	coefficients, sums, parts := partial.Data[:3*cols], partial.Data[3*cols:5*cols], partial.Data[5*cols:]
	forItems(p, len(a.X), cols, func(i, from, to int) {
		part := parts[2*i*cols:][:2*cols]
		stats(part[:cols], part[cols:], a.Mean, a.X[from:to], a.DY[from:to], window(a.Output, from, to))
	})
	reduce.MergeRows(reduce.Sum, sums, parts)
	k1, k2, k3 := coefficients[:cols], coefficients[cols:2*cols], coefficients[2*cols:]
	rows := float64(len(a.X) / cols)
	for c := range cols {
		sum, product := float64(sums[c]), float64(sums[cols+c]) // Σ dy, Σ dy (x - mean)
		rstd := 1 / math.Sqrt(float64(a.Variance[c])+float64(a.Epsilon))
		scale := float64(a.Gamma[c]) * rstd
		a.DBeta[c] = float32(sum)
		a.DGamma[c] = float32(product * rstd)
		k1[c] = float32(scale)
		k2[c] = float32(-scale * rstd * rstd * product / rows)
		k3[c] = float32(-scale * sum / rows)
	}
	forRows(p, len(a.X), cols, func(from, to int) {
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
