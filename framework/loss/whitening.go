package loss

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// WMSE is whitening MSE (Ermolov et al. 2021, arXiv:2007.06346):
// each view is whitened over the batch, and the mean squared distance of the
// normalized results is averaged over the pairs of views. solo-learn holds the
// second view constant: NormalizedMSE(Whiten(a), Whiten(b)).
//
// Views are [N, D], at least two, with N > D (the covariance of fewer is
// singular) unless epsilon > 0: see [Whiten].
func WMSE(views []*graph.Node, epsilon float64) *graph.Node {
	if len(views) < 2 {
		panic(fmt.Errorf("WMSE: %d views, want at least 2", len(views)))
	}
	white := make([]*graph.Node, len(views))
	for i, view := range views {
		white[i] = Whiten(view, epsilon)
	}
	var terms []*graph.Node
	for i := range white {
		for j := range i {
			terms = append(terms, cosineDistance(white[j], white[i]))
		}
	}
	return mean(terms...)
}

// Whiten transforms features so that their covariance over the batch is the
// identity: W(x - mean) with W the inverse of the lower Cholesky factor of the
// unbiased covariance, shrunk to (1-epsilon)·covariance + epsilon·I.
//
// The features are [N, D]; epsilon is in [0, 1).
func Whiten(x *graph.Node, epsilon float64) *graph.Node {
	covariance := covarianceMatrix(x)
	identity := graph.DiagonalWithValue(graph.ScalarOne(x.Graph(), x.DType()), width(x))
	shrunk := graph.Add(graph.MulScalar(covariance, 1-epsilon), graph.MulScalar(identity, epsilon))
	return Similarities(centered(x), inverseCholesky(shrunk))
}

// inverseCholesky is the inverse of the lower Cholesky factor of a positive
// definite matrix [D, D], by halves: with a = [[p, qᵀ], [q, r]] and W the
// inverse factor of p, l = q·Wᵀ is the factor's lower left and r - l·lᵀ is what
// remains for its lower right. It consists of some 10·D operations, all differentiable.
func inverseCholesky(a *graph.Node) *graph.Node {
	size := rows(a)
	if size == 1 {
		return graph.Reciprocal(graph.Sqrt(a))
	}
	half := size / 2
	upper, lower := graph.AxisRangeFromStart(half), graph.AxisRangeToEnd(half)
	w := inverseCholesky(graph.Slice(a, upper, upper))
	l := Similarities(graph.Slice(a, lower, upper), w)
	wLower := inverseCholesky(graph.Sub(graph.Slice(a, lower, lower), Similarities(l, l)))
	corner := graph.Neg(graph.MatMul(wLower, graph.MatMul(l, w)))
	zeros := graph.ZerosLike(graph.Slice(a, upper, lower))
	return graph.Concatenate([]*graph.Node{
		graph.Concatenate([]*graph.Node{w, zeros}, 1),
		graph.Concatenate([]*graph.Node{corner, wLower}, 1),
	}, 0)
}
