package eval

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// fit minimizes the objective over the classifiers of scaled features. Parameters
// are the weights [classes, dim], then the biases [classes].
func (o Logistic) fit(ctx context.Context, x Features, s scaling, labels []int, classes int) (minimum, error) {
	n, dim := x.Len(), x.Dim
	if 2*n <= dim {
		return o.fitNarrow(ctx, s.apply(x), labels, classes)
	}
	rows := scaledRows{x, s}
	start := make([]float64, classes*(dim+1))
	const many = 1 << 21 // products in a pass, from which on float32 pays
	if o.Backend == nil || n*dim*classes < many {
		change := newPreconditioner(covariance(rows), classes, o.WeightDecay, 1e-12)
		return o.finish(ctx, newObjective(rows, change, labels, classes, o.WeightDecay), start, 0)
	}
	fast, err := newBackendObjective(o.Backend, x, s, labels, classes, o.WeightDecay)
	if err != nil {
		return minimum{}, err
	}
	defer fast.close()
	// Half the tolerance, so that rounding does not matter to whether it is met.
	coarse, err := lbfgs{o.Tolerance / 2, o.MaxIterations, 1e-6, 50}.minimize(ctx, fast, start)
	if err != nil {
		return coarse, err
	}
	if o.Tolerance >= precise32 {
		return coarse, fast.change.weights(coarse.at[:classes*dim])
	}
	precise := newObjective(rows, fast.change, labels, classes, o.WeightDecay)
	return o.finish(ctx, precise, coarse.at, coarse.iterations)
}

// precise32 is a tolerance so far above what rounding in float32 changes that float64 would tell nothing more.
const precise32 = 1e-4

// finish minimizes in float64, from where some iterations have led.
func (o Logistic) finish(ctx context.Context, objective *objective, start []float64, made int) (minimum, error) {
	most := o.MaxIterations - made
	found, err := lbfgs{o.Tolerance, most, 1e-12, most}.minimize(ctx, objective, start)
	found.iterations += made
	if err != nil {
		return found, err
	}
	return found, objective.change.weights(found.at[:len(found.at)-objective.classes])
}

// fitNarrow fits to fewer samples than features: the weights are sums of samples,
// so that the samples' coordinates in an orthonormal basis of the space that they
// span, of which there are as many as samples, serve as features.
func (o Logistic) fitNarrow(ctx context.Context, x *mat.Dense, labels []int, classes int) (minimum, error) {
	n, dim := x.Dims()
	coordinates, basis := factorLQ(x)
	change := newPreconditioner(covariance(dense{coordinates}), classes, o.WeightDecay, 1e-12)
	objective := newObjective(dense{coordinates}, change, labels, classes, o.WeightDecay)
	found, err := o.finish(ctx, objective, make([]float64, classes*(n+1)), 0)
	if err != nil {
		return found, err
	}
	at := make([]float64, classes*(dim+1))
	weights := mat.NewDense(classes, dim, at[:classes*dim])
	weights.Mul(mat.NewDense(classes, n, found.at[:classes*n]), basis)
	copy(at[classes*dim:], found.at[classes*n:])
	found.at = at
	return found, nil
}

// factorLQ factors a matrix [n, dim], n ≤ dim, which it overwrites, into a lower
// triangle [n, n] and orthonormal rows [n, dim].
func factorLQ(x *mat.Dense) (lower, rows *mat.Dense) {
	n, _ := x.Dims()
	raw, scalars, size := x.RawMatrix(), make([]float64, n), make([]float64, 1)
	lapack64.Gelqf(raw, scalars, size, -1)
	work := make([]float64, int(size[0]))
	lapack64.Gelqf(raw, scalars, work, len(work))
	lower = mat.NewDense(n, n, nil)
	for i := range n {
		copy(lower.RawRowView(i)[:i+1], x.RawRowView(i))
	}
	lapack64.Orglq(raw, scalars, size, -1)
	work = make([]float64, int(size[0]))
	lapack64.Orglq(raw, scalars, work, len(work))
	return lower, x
}

// covarianceEvery says that a preconditioner is made from one in so many of n samples,
// so that they are between half of max(8192, 4·dim) and all of it if there are more.
func covarianceEvery(n, dim int) int {
	most := max(8192, 4*dim)
	return max(1, (n+most-1)/most)
}

// covariance is that of centered features. A part of many samples is enough.
func covariance(x matrix) *mat.SymDense {
	n, dim := x.Dims()
	every := covarianceEvery(n, dim)
	rows := mat.NewDense((n+every-1)/every, dim, nil)
	count, _ := rows.Dims()
	inParallel(context.Background(), count, func(i int) { // soon done
		copy(rows.RawRowView(i), x.row(i*every, rows.RawRowView(i)))
	})
	out := mat.NewSymDense(dim, nil)
	blas64.Syrk(blas.Trans, 1/float64(count), rows.RawMatrix(), 0, out.RawSymmetric())
	return out
}
