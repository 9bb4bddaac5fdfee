package loss

import "github.com/gomlx/gomlx/core/graph"

// DCL is decoupled contrastive learning (Yeh et al. 2022, arXiv:2110.06848, eq.
// 6): [InfoNCE] without the positive in the denominator.
//
// Anchors and positives are unit vectors [N, D]; negatives are cosines [N, K],
// [Excluded] where a key is none.
func DCL(anchors, positives, negatives, temperature *graph.Node) *graph.Node {
	sameShape("DCL", anchors, positives)
	return decoupled(rowDots(anchors, positives), negatives, temperature)
}

// DCLW is DCL with weights that stress positives that are far apart,
// 2 - N·softmax(cosine/sigma) over the batch (§3.2). The weights get no gradient.
//
// Sigma is in (0, ∞), 0.5 in the paper.
func DCLW(anchors, positives, negatives, temperature *graph.Node, sigma float64) *graph.Node {
	sameShape("DCLW", anchors, positives)
	cosines := rowDots(anchors, positives)
	shares := graph.Softmax(graph.DivScalar(cosines, sigma))
	weights := graph.StopGradient(graph.AddScalar(graph.MulScalar(shares, -rows(anchors)), 2))
	return decoupled(graph.Mul(weights, cosines), negatives, temperature)
}

// decoupled is DCL with the cosines of the positives [N], weighted or not.
func decoupled(positives, negatives, temperature *graph.Node) *graph.Node {
	far := LogSumExp(graph.Div(negatives, temperature))
	return graph.ReduceAllMean(graph.Sub(far, graph.Div(positives, temperature)))
}
