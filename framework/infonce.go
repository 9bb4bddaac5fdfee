package framework

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/loss"
)

// InfoNCE is the contrastive loss that SimCLR, MoCo and CLIP share: that of
// [loss.InfoNCE] for each pair with its negatives, averaged over the pairs.
// Over pairs in both directions and [RestOfBatch] it is NT-Xent (Chen et al.
// 2020, arXiv:2002.05709, eq. 1), the mean over the 2N views.
//
// Embeddings are used as given: normalize them first. The temperature is a
// scalar, in (0, ∞).
func InfoNCE(pairs []Pair, negatives *Negatives, temperature *graph.Node) *graph.Node {
	var total *graph.Node
	for i, pair := range pairs {
		negative := similarities(pair.Anchor, negatives.ForPair(i)) // [N, K]
		if negatives.Chosen != nil {
			negative = chosen(negative, negatives.Chosen)
		}
		if negatives.Exclude != nil {
			negative = graph.Where(negatives.Exclude, graph.ConstAs(negative, excluded), negative)
		}
		each := loss.InfoNCE(pair.Anchor, pair.Positive, negative, temperature)
		if total == nil {
			total = each
		} else {
			total = graph.Add(total, each)
		}
	}
	return graph.DivScalar(total, len(pairs))
}

// excluded is the similarity given to keys that are no negatives: exp of it
// vanishes in float32 at any temperature up to 1e6.
const excluded = -1e9

func similarities(anchors, keys *graph.Node) *graph.Node {
	if keys.Rank() == 3 {
		return graph.Einsum("nd,nkd->nk", anchors, keys)
	}
	return graph.Einsum("nd,kd->nk", anchors, keys)
}

// chosen takes from each row of x [N, M] the columns [N, K].
func chosen(x, columns *graph.Node) *graph.Node {
	row := graph.MulScalar(graph.Iota(x.Graph(), columns.Shape(), 0), x.Shape().Dimensions[1])
	return graph.Gather(graph.Reshape(x, -1), graph.ExpandAxes(graph.Add(row, columns), -1))
}
