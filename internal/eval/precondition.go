package eval

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// preconditioner is a change of variables W = A·L⁻¹ of a linear classifier
// under which the curvature of its objective is about the same in all
// directions. L is the lower Cholesky factor of the curvature at W = 0,
// covariance/classes + decay·I. The objective and its minimum stay the same;
// without it features of very different size need thousands of iterations.
type preconditioner struct {
	factor blas64.Triangular // L
}

// newPreconditioner takes centered features [n, dim]. A part of many rows is enough.
func newPreconditioner(x *mat.Dense, classes int, decay float64) preconditioner {
	n, dim := x.Dims()
	every := max(1, n/max(4096, 4*dim))
	rows := blas64.General{Rows: (n + every - 1) / every, Cols: dim, Stride: every * dim, Data: x.RawMatrix().Data}
	curvature := blas64.General{Rows: dim, Cols: dim, Stride: dim, Data: make([]float64, dim*dim)}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1/float64(rows.Rows*classes), rows, rows, 0, curvature)
	symmetric := mat.NewSymDense(dim, curvature.Data)
	rounding := 1e-12 * mat.Trace(symmetric) / float64(dim)
	var cholesky mat.Cholesky
	for added := decay + rounding; ; added *= 100 { // once is enough but where rounding drowns a tiny decay
		for j := range dim {
			symmetric.SetSym(j, j, symmetric.At(j, j)+added)
		}
		if cholesky.Factorize(symmetric) {
			break
		}
	}
	var lower mat.TriDense
	cholesky.LTo(&lower)
	return preconditioner{lower.RawTriangular()}
}

// features turns features x [n, dim] into x·L⁻ᵀ in place, so that A·(x·L⁻ᵀ)ᵀ = W·xᵀ.
func (p preconditioner) features(x *mat.Dense) {
	const block = 64
	n, _ := x.Dims()
	raw := x.RawMatrix()
	inParallel(context.Background(), (n+block-1)/block, func(i int) {
		part := raw
		part.Rows = min(block, n-i*block)
		part.Data = raw.Data[i*block*raw.Stride:]
		blas64.Trsm(blas.Right, blas.Trans, 1, p.factor, part)
	})
}

// weights turns A [classes, dim] into W = A·L⁻¹ in place; gradientOfA turns a gradient with
// respect to W into that with respect to A, which is the gradient times L⁻ᵀ.
func (p preconditioner) weights(a []float64) { p.solve(blas.NoTrans, a) }

func (p preconditioner) gradientOfA(gradient []float64) { p.solve(blas.Trans, gradient) }

func (p preconditioner) solve(transpose blas.Transpose, a []float64) {
	dim := p.factor.N
	blas64.Trsm(blas.Right, transpose, 1, p.factor, blas64.General{Rows: len(a) / dim, Cols: dim, Stride: dim, Data: a})
}

// diagonal is that of the curvature of the penalty decay/2·‖A·L⁻¹‖² with
// respect to a row of A: decay times the diagonal of L⁻¹·L⁻ᵀ.
func (p preconditioner) diagonal(decay float64) []float64 {
	dim := p.factor.N
	inverse := make([]float64, dim*dim)
	for j := range dim {
		inverse[j*dim+j] = 1
	}
	p.solve(blas.NoTrans, inverse) // row j is that of L⁻¹
	diagonal := make([]float64, dim)
	for j := range dim {
		row := inverse[j*dim : (j+1)*dim]
		diagonal[j] = decay * floats.Dot(row, row)
	}
	return diagonal
}
