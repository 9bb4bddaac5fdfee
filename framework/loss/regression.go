package loss

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// NegativeCosine is one direction of SimSiam's loss (Chen & He 2021,
// arXiv:2011.10566, eq. 1): minus the mean cosine of predictions and targets,
// in [-1, 1]. SimSiam averages both directions,
// (NegativeCosine(p1, z2) + NegativeCosine(p2, z1)) / 2.
//
// Both are [N, D]; targets get no gradient.
func NegativeCosine(predictions, targets *graph.Node) *graph.Node {
	return graph.Neg(meanCosine(predictions, graph.StopGradient(targets)))
}

// NormalizedMSE is one direction of BYOL's loss (Grill et al. 2020,
// arXiv:2006.07733, eq. 2): the mean squared distance of the normalized
// predictions and targets, 2 - 2·cosine, in [0, 4]. BYOL sums both directions,
// NormalizedMSE(p1, z2) + NormalizedMSE(p2, z1).
//
// Both are [N, D]; targets get no gradient.
func NormalizedMSE(predictions, targets *graph.Node) *graph.Node {
	return cosineDistance(predictions, graph.StopGradient(targets))
}

// cosineDistance is the mean squared distance of the normalized rows of a and b.
func cosineDistance(a, b *graph.Node) *graph.Node {
	return graph.AddScalar(graph.MulScalar(meanCosine(a, b), -2), 2)
}

func meanCosine(a, b *graph.Node) *graph.Node {
	sameShape("cosine", a, b)
	return graph.ReduceAllMean(rowDots(nn.L2Normalize(a), nn.L2Normalize(b)))
}

// SmoothL1 is the squared difference over 2·beta where it is below beta, in
// (0, ∞), and the absolute difference less beta/2 above (Girshick 2015,
// arXiv:1504.08083, eq. 3, with beta 1), for each element of predictions and
// targets; targets get no gradient.
func SmoothL1(predictions, targets *graph.Node, beta float64) *graph.Node {
	distance := graph.Abs(graph.Sub(predictions, graph.StopGradient(targets)))
	near := graph.DivScalar(graph.Square(distance), 2*beta)
	far := graph.AddScalar(distance, -beta/2)
	return graph.Where(graph.LessThan(distance, graph.ConstAs(distance, beta)), near, far)
}

// ReSSL is the relation loss of ReSSL (Zheng et al. 2021, arXiv:2107.09282): the
// query's similarities to a queue shall have the distribution of the key's,
// which is sharper.
//
// Queries and keys [N, D] and the queue [K, D] are unit vectors; keys and queue get no gradient.
func ReSSL(queries, keys, queue, queryTemperature, keyTemperature *graph.Node) *graph.Node {
	queue = graph.StopGradient(queue)
	targets := graph.Softmax(graph.Div(Similarities(graph.StopGradient(keys), queue), keyTemperature))
	return SoftCrossEntropy(targets, graph.Div(Similarities(queries, queue), queryTemperature))
}
