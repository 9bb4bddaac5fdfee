package loss

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// InfoNCE is the contrastive loss of van den Oord et al. 2018 (arXiv:1807.03748,
// eq. 4): the cross entropy of picking each anchor's positive among it and the
// anchor's negatives, by inner product over the temperature; the mean over the
// anchors. With a queue as negatives it is MoCo's loss (He et al. 2020,
// arXiv:1911.05722, eq. 1), with the rest of the batch SimCLR's.
//
// Anchors and positives are [N, D], used as given: normalize them first.
// Negatives are the inner products of each anchor with its negatives, [N, K],
// [Excluded] where a key is none. SigLIP, DCL and SupCon take the same.
func InfoNCE(anchors, positives, negatives, temperature *graph.Node) *graph.Node {
	return CrossEntropyFirst(InfoNCELogits(anchors, positives, negatives, temperature))
}

// InfoNCELogits are the logits of InfoNCE: [N, 1+K], the positive's in column 0.
func InfoNCELogits(anchors, positives, negatives, temperature *graph.Node) *graph.Node {
	sameShape("InfoNCE", anchors, positives)
	positive := graph.ExpandAxes(rowDots(anchors, positives), 1)
	return graph.Div(graph.Concatenate([]*graph.Node{positive, negatives}, 1), temperature)
}

// Neighbors returns for every row of z [N, D] the row of support [K, D] with
// the largest inner product: the rows [N, D] and their indices [N] int32. For
// the nearest by cosine pass unit vectors. No gradient flows.
func Neighbors(z, support *graph.Node) (neighbors, indices *graph.Node) {
	z, support = graph.StopGradient(z), graph.StopGradient(support)
	indices = graph.ArgMax(Similarities(z, support), -1)
	return graph.StopGradient(graph.Gather(support, graph.ExpandAxes(indices, -1))), indices
}

// NearestNeighbors returns for every row of z [N, D] the count rows of support
// [K, D] with the largest inner products, the nearest first: [N, count, D]. No
// gradient flows.
func NearestNeighbors(z, support *graph.Node, count int) *graph.Node {
	z, support = graph.StopGradient(z), graph.StopGradient(support)
	similarities := Similarities(z, support)
	columns := graph.Iota(z.Graph(), shapes.Make(dtypes.Int32, similarities.Shape().Dimensions...), 1)
	nearest := make([]*graph.Node, count)
	for i := range nearest {
		at := graph.ExpandAxes(graph.ArgMax(similarities, -1, dtypes.Int32), 1)
		nearest[i] = graph.ExpandAxes(graph.Gather(support, at), 1)
		taken := graph.Equal(columns, graph.BroadcastToDims(at, columns.Shape().Dimensions...))
		similarities = graph.Where(taken, graph.ConstAs(similarities, Excluded), similarities)
	}
	return graph.StopGradient(graph.Concatenate(nearest, 1))
}
