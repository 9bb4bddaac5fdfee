package loss

import "github.com/gomlx/gomlx/core/graph"

// NTXent is SimCLR's loss, the normalised temperature-scaled cross entropy
// (Chen et al. 2020, arXiv:2002.05709, eq. 1): each of the 2N views finds the
// other view of its sample among the 2N-1 views that are not itself. It is the
// mean over the 2N views; SimCLR's own code has the sum of both halves, twice
// as much.
//
// Both views are [N, D].
func NTXent(view0, view1, temperature *graph.Node) *graph.Node {
	sameShape("NTXent", view0, view1)
	z0, z1 := Normalize(view0), Normalize(view1)
	z := graph.Concatenate([]*graph.Node{z0, z1}, 0)
	logits := withoutDiagonal(similarities(graph.Div(z, temperature), z), masked)
	positive := graph.Div(rowDots(z0, z1), temperature)
	return graph.Sub(graph.ReduceAllMean(LogSumExp(logits)), graph.ReduceAllMean(positive))
}

// InfoNCE is MoCo's loss (He et al. 2020, arXiv:1911.05722, eq. 1; van den
// Oord et al. 2018, arXiv:1807.03748, eq. 4): each query finds its key among the
// key and the negatives, which all queries share.
//
// Queries and keys are [N, D]; negatives [K, D] are unit vectors, such as a
// queue before the batch's keys enter it. Keys and negatives get no gradient.
func InfoNCE(queries, keys, negatives, temperature *graph.Node) *graph.Node {
	return CrossEntropyFirst(InfoNCELogits(queries, keys, negatives, temperature))
}

// InfoNCELogits are the logits of InfoNCE: [N, 1+K], the positive's in column 0.
func InfoNCELogits(queries, keys, negatives, temperature *graph.Node) *graph.Node {
	sameShape("InfoNCE", queries, keys)
	q := graph.Div(Normalize(queries), temperature)
	k := graph.StopGradient(Normalize(keys))
	positive := graph.ExpandAxes(rowDots(q, k), 1)
	return graph.Concatenate([]*graph.Node{positive, similarities(q, graph.StopGradient(negatives))}, 1)
}

// Contrast is one direction of MoCo v3's loss (Chen et al. 2021,
// arXiv:2104.02057, algorithm 1): each query finds its key among the keys of
// the batch; the cross entropy is scaled by 2·temperature. MoCo v3 sums both
// directions, Contrast(q1, k2) + Contrast(q2, k1).
//
// Both are [N, D]. Keys get no gradient.
func Contrast(queries, keys, temperature *graph.Node) *graph.Node {
	sameShape("Contrast", queries, keys)
	q := graph.Div(Normalize(queries), temperature)
	logits := similarities(q, graph.StopGradient(Normalize(keys)))
	return graph.Mul(graph.MulScalar(temperature, 2), CrossEntropyDiagonal(logits))
}

// NNCLR is one direction of NNCLR's loss (Dwibedi et al. 2021,
// arXiv:2104.14548, §3): each neighbour finds the prediction of its sample
// among the predictions of the batch. NNCLR averages both directions,
// (NNCLR(nn1, p2) + NNCLR(nn2, p1)) / 2.
//
// Both are [N, D]; the neighbours, from [Neighbours], get no gradient.
func NNCLR(neighbours, predictions, temperature *graph.Node) *graph.Node {
	sameShape("NNCLR", neighbours, predictions)
	nn := graph.Div(graph.StopGradient(Normalize(neighbours)), temperature)
	return CrossEntropyDiagonal(similarities(nn, Normalize(predictions)))
}

// Neighbours returns for every row of z [N, D] the row of support [K, D] with
// the largest inner product: the rows [N, D] and their indices [N] int32. For
// the nearest by cosine pass unit vectors. No gradient flows.
func Neighbours(z, support *graph.Node) (neighbours, indices *graph.Node) {
	z, support = graph.StopGradient(z), graph.StopGradient(support)
	indices = graph.ArgMax(similarities(z, support), -1)
	return graph.StopGradient(graph.Gather(support, graph.ExpandAxes(indices, -1))), indices
}
