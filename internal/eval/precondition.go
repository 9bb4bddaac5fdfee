package eval

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// preconditioner is a change of variables W = A·L⁻¹ of the weights of a linear
// classifier under which the curvature of its objective is about the same in all
// directions. L is the lower Cholesky factor of the curvature at W = 0,
// covariance/classes + decay·I (Böhning, "Multinomial logistic regression
// algorithm", 1992, bounds the curvature everywhere by a multiple of it). The objective and its
// minimum stay the same; without it features of very different size need thousands of iterations.
type preconditioner struct {
	inverse blas64.Triangular // L⁻¹, in numbers that float32 has, so that passes in float32 have the same variables
	penalty []float64         // the share of the penalty in each diagonal element of the curvature
}

// newPreconditioner takes the covariance of the features, which it overwrites,
// and how exact its numbers are.
func newPreconditioner(covariance *mat.SymDense, classes int, decay, rounding float64) preconditioner {
	dim := covariance.SymmetricDim()
	covariance.ScaleSym(1/float64(classes), covariance)
	variances := make([]float64, dim)
	for j := range variances {
		variances[j] = covariance.At(j, j)
	}
	var cholesky mat.Cholesky
	for { // once is enough but where rounding drowns a tiny decay
		for j, variance := range variances {
			covariance.SetSym(j, j, variance*(1+rounding)+decay)
		}
		if cholesky.Factorize(covariance) {
			break
		}
		rounding *= 10
	}
	var lower, inverse mat.TriDense
	cholesky.LTo(&lower)
	_ = inverse.InverseTri(&lower) // an error only says that it is ill-conditioned
	p := preconditioner{inverse.RawTriangular(), make([]float64, dim)}
	for j := range dim {
		row := p.inverse.Data[j*p.inverse.Stride:][:j+1]
		for i, v := range row {
			row[i] = float64(float32(v))
		}
		p.penalty[j] = min(1, decay*floats.Dot(row, row))
	}
	return p
}

// weights turns A [classes, dim] into W = A·L⁻¹ in place; gradientOfA turns a gradient with
// respect to W into that with respect to A, which is the gradient times L⁻ᵀ.
func (p preconditioner) weights(a []float64) error { return p.multiply(blas.Trans, a) }

func (p preconditioner) gradientOfA(gradient []float64) error {
	return p.multiply(blas.NoTrans, gradient)
}

func (p preconditioner) multiply(transpose blas.Transpose, a []float64) error {
	dim := p.inverse.N
	return inParallel(context.Background(), len(a)/dim, func(class int) { // soon done
		blas64.Trmv(transpose, p.inverse, blas64.Vector{N: dim, Inc: 1, Data: a[class*dim : (class+1)*dim]})
	})
}

// diagonal sets out to about that of the Hessian with respect to A and the
// biases, where spread[class] is the mean of p·(1-p) over the samples for the
// probability p of the class: features in the new variables have the covariance
// classes·(1 - penalty).
func (p preconditioner) diagonal(out, spread []float64) {
	dim, classes := p.inverse.N, len(spread)
	for class, s := range spread {
		for j, share := range p.penalty {
			out[class*dim+j] = s*float64(classes)*(1-share) + share
		}
		out[classes*dim+class] = s
	}
}
