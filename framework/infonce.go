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
	return MeanOver(pairs, func(i int, pair Pair) *graph.Node {
		return loss.InfoNCE(pair.Anchor, pair.Positive, negatives.Similarities(i, pair.Anchor), temperature)
	})
}
