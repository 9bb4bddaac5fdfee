package framework

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/loss"
)

// Pair is an anchor embedding and the embedding it should be close to.
type Pair struct {
	Anchor   *graph.Node // [N, D]
	Positive *graph.Node // [N, D]; stop-gradient where the method says so
}

// Reversed is the pair with its embeddings exchanged.
func (p Pair) Reversed() Pair { return Pair{Anchor: p.Positive, Positive: p.Anchor} }

// OtherViews pairs each of the anchors with every positive of another view.
// Anchors and positives are in the order of the views; there may be fewer
// positives than anchors, as where small crops are anchors only.
func OtherViews(anchors, positives []*graph.Node) []Pair {
	var pairs []Pair
	for view, anchor := range anchors {
		for other, positive := range positives {
			if other != view {
				pairs = append(pairs, Pair{Anchor: anchor, Positive: positive})
			}
		}
	}
	return pairs
}

// DistinctPositives are the positives of pairs, each once, in the order of the
// views: the first pair is one of the first view with the second, so that its
// positive is the second.
func DistinctPositives(pairs []Pair) []*graph.Node {
	var all []*graph.Node
	for _, pair := range pairs {
		if !slices.Contains(all, pair.Positive) {
			all = append(all, pair.Positive)
		}
	}
	if len(all) > 1 {
		all[0], all[1] = all[1], all[0]
	}
	return all
}

// DistinctEmbeddings are the anchors and positives of pairs, each once.
func DistinctEmbeddings(pairs []Pair) []*graph.Node {
	var all []*graph.Node
	for _, pair := range pairs {
		for _, x := range []*graph.Node{pair.Anchor, pair.Positive} {
			if !slices.Contains(all, x) {
				all = append(all, x)
			}
		}
	}
	return all
}

// MeanOver is the mean over the pairs of a loss, a scalar for each.
func MeanOver(pairs []Pair, each func(i int, pair Pair) *graph.Node) *graph.Node {
	var total *graph.Node
	for i, pair := range pairs {
		of := each(i, pair)
		if total == nil {
			total = of
		} else {
			total = graph.Add(total, of)
		}
	}
	return graph.DivScalar(total, len(pairs))
}

// Distill is [loss.Distillation] over the pairs: the logits that are made of an
// anchor shall have the distribution of the target that is made of its positive.
// Each of both functions is called once for an embedding.
func Distill(pairs []Pair, logits, target func(*graph.Node) *graph.Node) *graph.Node {
	made := [2]map[*graph.Node]*graph.Node{{}, {}}
	once := func(i int, make func(*graph.Node) *graph.Node, x *graph.Node) *graph.Node {
		if made[i][x] == nil {
			made[i][x] = make(x)
		}
		return made[i][x]
	}
	all := make([]*graph.Node, len(pairs))
	targets := make([]*graph.Node, len(pairs))
	for i, pair := range pairs {
		all[i], targets[i] = once(0, logits, pair.Anchor), once(1, target, pair.Positive)
	}
	return loss.Distillation(targets, all)
}
