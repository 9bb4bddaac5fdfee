package loss

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// InfoNCE is the contrastive loss of van den Oord et al. 2018 (arXiv:1807.03748,
// eq. 4): the cross entropy of picking each anchor's positive among it and the
// anchor's negatives, by inner product over the temperature; the mean over the
// anchors. With a queue as negatives it is MoCo's loss (He et al. 2020,
// arXiv:1911.05722, eq. 1), with the rest of the batch SimCLR's.
//
// Anchors and positives are [N, D], used as given: normalize them first.
// Negatives are the inner products of each anchor with its negatives, [N, K].
func InfoNCE(anchors, positives, negatives, temperature *graph.Node) *graph.Node {
	return CrossEntropyFirst(InfoNCELogits(anchors, positives, negatives, temperature))
}

// InfoNCELogits are the logits of InfoNCE: [N, 1+K], the positive's in column 0.
func InfoNCELogits(anchors, positives, negatives, temperature *graph.Node) *graph.Node {
	sameShape("InfoNCE", anchors, positives)
	positive := graph.ExpandAxes(rowDots(anchors, positives), 1)
	return graph.Div(graph.Concatenate([]*graph.Node{positive, negatives}, 1), temperature)
}

// Contrast is one direction of MoCo v3's loss (Chen et al. 2021,
// arXiv:2104.02057, algorithm 1): each query finds its key among the keys of
// the batch; the cross entropy is scaled by 2·temperature. MoCo v3 sums both
// directions, Contrast(q1, k2) + Contrast(q2, k1).
//
// Both are [N, D]. Keys get no gradient.
func Contrast(queries, keys, temperature *graph.Node) *graph.Node {
	sameShape("Contrast", queries, keys)
	q := graph.Div(nn.L2Normalize(queries), temperature)
	logits := similarities(q, graph.StopGradient(nn.L2Normalize(keys)))
	return graph.Mul(graph.MulScalar(temperature, 2), CrossEntropyDiagonal(logits))
}

// NNCLR is one direction of NNCLR's loss (Dwibedi et al. 2021,
// arXiv:2104.14548, §3): each neighbor finds the prediction of its sample
// among the predictions of the batch. NNCLR averages both directions,
// (NNCLR(nn1, p2) + NNCLR(nn2, p1)) / 2.
//
// Both are [N, D]; the neighbors, from [Neighbors], get no gradient.
func NNCLR(neighbors, predictions, temperature *graph.Node) *graph.Node {
	sameShape("NNCLR", neighbors, predictions)
	anchors := graph.Div(graph.StopGradient(nn.L2Normalize(neighbors)), temperature)
	return CrossEntropyDiagonal(similarities(anchors, nn.L2Normalize(predictions)))
}

// Neighbors returns for every row of z [N, D] the row of support [K, D] with
// the largest inner product: the rows [N, D] and their indices [N] int32. For
// the nearest by cosine pass unit vectors. No gradient flows.
func Neighbors(z, support *graph.Node) (neighbors, indices *graph.Node) {
	z, support = graph.StopGradient(z), graph.StopGradient(support)
	indices = graph.ArgMax(similarities(z, support), -1)
	return graph.StopGradient(graph.Gather(support, graph.ExpandAxes(indices, -1))), indices
}
