package loss

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// BarlowTwins makes the cross-correlation of two views' embeddings the
// identity (Zbontar et al. 2021, arXiv:2103.03230, eq. 1): Σ (C_ii - 1)² +
// lambda·Σ_{i≠j} C_ij². Features are standardized over the batch as by a batch
// norm without scale and shift.
//
// Both are [N, D]; lambda is 0.0051 in the paper's code.
func BarlowTwins(z1, z2 *graph.Node, lambda float64) *graph.Node {
	sameShape("BarlowTwins", z1, z2)
	correlation := graph.DivScalar(gram(standardized(z1), standardized(z2)), rows(z1))
	onDiagonal := graph.ReduceAllSum(graph.Square(graph.AddScalar(diagonal(correlation), -1)))
	offDiagonal := graph.ReduceAllSum(graph.Square(withoutDiagonal(correlation, 0)))
	return graph.Add(onDiagonal, graph.MulScalar(offDiagonal, lambda))
}

// VICRegWeights are the coefficients of [VICReg]; 25, 25 and 1 in the paper.
// solo-learn does not halve the variance term, so that its 25 is 50 here.
type VICRegWeights struct {
	Invariance, Variance, Covariance float64 // in [0, ∞); 0 leaves the term out
}

// VICReg is variance-invariance-covariance regularization (Bardes et al. 2022,
// arXiv:2105.04906, eq. 6, as in the official code): the mean squared distance
// of the views; the mean over views and features of how far a standard
// deviation is below 1; and for each view the sum of the squared covariances
// of different features, divided by D.
//
// Both are [N, D], N at least 2.
func VICReg(z1, z2 *graph.Node, weights VICRegWeights) *graph.Node {
	sameShape("VICReg", z1, z2)
	invariance := graph.ReduceAllMean(graph.Square(graph.Sub(z1, z2)))
	variance1, covariance1 := spread(z1)
	variance2, covariance2 := spread(z2)
	return sum(
		graph.MulScalar(invariance, weights.Invariance),
		graph.MulScalar(mean(variance1, variance2), weights.Variance),
		graph.MulScalar(graph.Add(covariance1, covariance2), weights.Covariance),
	)
}

// VICRegPlaces is the criterion of VICRegL (Bardes et al. 2022, arXiv:2210.01571,
// the local criterion, as in the official code): that of [VICReg] for the features of M
// places of an image, with variances and covariances over the batch for each
// place, of which the mean is taken. The covariance terms of both are averaged,
// not added, so that the same weight is half of that of [VICReg].
//
// Both are [N, M, D], N at least 2.
func VICRegPlaces(z1, z2 *graph.Node, weights VICRegWeights) *graph.Node {
	if z1.Rank() != 3 || !z1.Shape().Equal(z2.Shape()) {
		panic(fmt.Errorf("VICRegPlaces: features of places must be [N, M, D] of one shape, got %s and %s",
			z1.Shape(), z2.Shape()))
	}
	invariance := graph.ReduceAllMean(graph.Square(graph.Sub(z1, z2)))
	variance1, covariance1 := spreadOfPlaces(z1)
	variance2, covariance2 := spreadOfPlaces(z2)
	return sum(
		graph.MulScalar(invariance, weights.Invariance),
		graph.MulScalar(mean(variance1, variance2), weights.Variance),
		graph.MulScalar(mean(covariance1, covariance2), weights.Covariance),
	)
}

// spreadOfPlaces are the variance and covariance terms of z [N, M, D].
func spreadOfPlaces(z *graph.Node) (variance, covariance *graph.Node) {
	const epsilon = 1e-4
	z = centered(z)
	d := z.Shape().Dimensions
	variances := graph.DivScalar(graph.ReduceSum(graph.Square(z), 0), d[0]-1) // [M, D]
	variance = graph.ReduceAllMean(graph.MaxScalar(graph.OneMinus(graph.Sqrt(graph.AddScalar(variances, epsilon))), 0))
	matrices := graph.DivScalar(graph.EinsumAxes(z, z, [][2]int{{0, 0}}, [][2]int{{1, 1}}), d[0]-1) // [M, D, D]
	all, own := graph.ReduceAllSum(graph.Square(matrices)), graph.ReduceAllSum(graph.Square(variances))
	return variance, graph.DivScalar(graph.Sub(all, own), d[1]*d[2])
}

// spread are the variance and covariance terms of VICReg for one view.
func spread(z *graph.Node) (variance, covariance *graph.Node) {
	const epsilon = 1e-4
	matrix := covarianceMatrix(z)
	variance = graph.ReduceAllMean(graph.MaxScalar(graph.OneMinus(deviations(matrix, epsilon)), 0))
	offDiagonal := graph.ReduceAllSum(graph.Square(withoutDiagonal(matrix, 0)))
	return variance, graph.DivScalar(offDiagonal, width(z))
}

// deviations are the standard deviations [D] of a covariance matrix [D, D],
// with epsilon added to the variances so that the gradient is finite at 0.
func deviations(covariance *graph.Node, epsilon float64) *graph.Node {
	return graph.Sqrt(graph.AddScalar(diagonal(covariance), epsilon))
}

// TiCo is transformation invariance and covariance contrast (Zhu et al. 2022,
// arXiv:2206.10698): 1 - cosine of the views, plus rho times the size
// of the first view along the directions that past embeddings cover. It
// returns the loss and the new covariance, an exponential moving average.
//
// Both views are [N, D]; the covariance is [D, D], zero at first, and gets no
// gradient; beta in [0, 1) is its decay, 0.9, and rho in [0, ∞) is 8 in lightly.
func TiCo(view0, view1, covariance *graph.Node, beta, rho float64) (loss, newCovariance *graph.Node) {
	sameShape("TiCo", view0, view1)
	a, b := nn.L2Normalize(view0), nn.L2Normalize(view1)
	batch := graph.DivScalar(gram(a, a), rows(a))
	newCovariance = movingAverage(covariance, batch, graph.ConstAs(batch, beta))
	covered := graph.ReduceAllMean(rowDots(graph.MatMul(a, newCovariance), a))
	invariance := graph.OneMinus(graph.ReduceAllMean(rowDots(a, b)))
	return graph.Add(invariance, graph.MulScalar(covered, rho)), newCovariance
}

// KoLeo spreads embeddings over the sphere (Sablayrolles et al. 2019,
// arXiv:1806.03198; a regularizer of DINOv2): minus the mean logarithm
// of each embedding's distance from its nearest neighbor in the batch.
//
// The embeddings are [N, D], N at least 2.
func KoLeo(x *graph.Node) *graph.Node {
	const epsilon = 1e-8
	x = nn.L2NormalizeFrom(x, epsilon)
	fixed := graph.StopGradient(x)
	nearest := graph.ArgMax(withoutDiagonal(Similarities(fixed, fixed), -2), -1)
	neighbors := graph.Gather(x, graph.ExpandAxes(nearest, -1))
	difference := graph.AddScalar(graph.Sub(x, neighbors), epsilon)
	distance := graph.Sqrt(graph.ReduceSum(graph.Square(difference), -1))
	return graph.Neg(graph.ReduceAllMean(graph.Log(graph.AddScalar(distance, epsilon))))
}

// gram is aᵀb, the products of features summed over the batch: [N, D] twice to [D, D].
func gram(a, b *graph.Node) *graph.Node {
	return graph.EinsumAxes(a, b, [][2]int{{0, 0}}, nil)
}

// centered is x [N, D] minus the mean of each feature.
func centered(x *graph.Node) *graph.Node {
	return graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, 0))
}

// standardized is x [N, D] with mean 0 and variance 1 (biased, plus 1e-5) of each feature.
func standardized(x *graph.Node) *graph.Node {
	const epsilon = 1e-5
	x = centered(x)
	variance := graph.ReduceAndKeep(graph.Square(x), graph.ReduceMean, 0)
	return graph.Div(x, graph.Sqrt(graph.AddScalar(variance, epsilon)))
}

// covarianceMatrix is the unbiased covariance of the features of x [N, D]: [D, D].
func covarianceMatrix(x *graph.Node) *graph.Node {
	x = centered(x)
	return graph.DivScalar(gram(x, x), rows(x)-1)
}
