package framework

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/loss"
)

// Negatives are the embeddings that the anchors should be far from.
type Negatives struct {
	// Keys holds the negatives of each pair, in the order of the pairs; a
	// single entry, the least there is, serves all pairs. An entry is [K, D] where all anchors share
	// their negatives and [N, K, D] where each anchor has its own.
	Keys []*graph.Node
	// Chosen, [N, K] of integers, are the rows of a shared entry of Keys that are
	// negatives of each anchor, such as draws from a memory bank. nil takes all rows.
	Chosen *graph.Node
	// Own are negatives that each anchor has by itself besides, the same for all
	// pairs: [N, S, D]; nil for none.
	Own *graph.Node
	// Exclude is true where a key is not a negative of an anchor, because it
	// is the anchor itself or its positive: [N, K] bool, or [N, K+S] with Own. nil excludes nothing.
	Exclude *graph.Node
	// Excluded is the number of keys that Exclude takes from each anchor.
	Excluded int
}

// ForPair returns the keys of pair i. It panics if there are none.
func (n *Negatives) ForPair(i int) *graph.Node {
	switch {
	case n == nil:
		panic(errors.New("the loss tells anchors from negatives, but the hook Negatives returned none"))
	case len(n.Keys) == 1:
		return n.Keys[0]
	case i >= len(n.Keys):
		panic(
			fmt.Errorf("there are negatives for %d pairs, but none for pair %d; give one entry of Keys for all, or one for "+
				"each pair", len(n.Keys), i),
		)
	}
	return n.Keys[i]
}

// Similarities are the inner products of the anchors [N, D] of pair i with its
// negatives, [N, K] or [N, K+S]; [loss.Excluded] where a key is not a negative of an anchor.
func (n *Negatives) Similarities(i int, anchors *graph.Node) *graph.Node {
	all := loss.Similarities(anchors, n.ForPair(i))
	if n.Chosen != nil {
		all = chosen(all, n.Chosen)
	}
	if n.Own != nil {
		all = graph.Concatenate([]*graph.Node{all, loss.Similarities(anchors, n.Own)}, 1)
	}
	if n.Exclude != nil {
		all = graph.Where(n.Exclude, graph.ConstAs(all, loss.Excluded), all)
	}
	return all
}

// chosen takes from each row of x [N, M] the columns [N, K].
func chosen(x, columns *graph.Node) *graph.Node {
	row := graph.MulScalar(graph.Iota(x.Graph(), columns.Shape(), 0), x.Shape().Dimensions[1])
	return graph.Gather(graph.Reshape(x, -1), graph.ExpandAxes(graph.Add(row, columns), -1))
}

// PerAnchor is the number of negatives of one anchor.
func (n *Negatives) PerAnchor() int {
	own := 0
	if n.Own != nil {
		own = n.Own.Shape().Dimensions[1]
	}
	if n.Chosen != nil {
		return n.Chosen.Shape().Dimensions[1] + own
	}
	keys := n.Keys[0]
	count := keys.Shape().Dimensions[keys.Rank()-2]
	return count + own - n.Excluded
}

// RestOfBatch makes every embedding of the batch a negative of every anchor,
// except the anchor itself and its positive, where the pairs are (z0, z1) and
// (z1, z0): the 2(N-1) negatives of SimCLR (Chen et al. 2020, §2.1).
func RestOfBatch(pairs []Pair) *Negatives {
	first := pairs[0]
	n := first.Anchor.Shape().Dimensions[0]
	same := loss.SameSample(first.Anchor.Graph(), n)
	return &Negatives{
		Keys:    []*graph.Node{graph.Concatenate([]*graph.Node{first.Anchor, first.Positive}, 0)},
		Exclude: graph.Concatenate([]*graph.Node{same, same}, 1), Excluded: 2,
	}
}

// OtherPositives makes the positives of the other samples the negatives of an
// anchor: the N-1 negatives of MoCo v3 and of CLIP.
func OtherPositives(pairs []Pair) *Negatives {
	negatives := &Negatives{Excluded: 1}
	for _, pair := range pairs {
		negatives.Keys = append(negatives.Keys, pair.Positive)
	}
	first := pairs[0].Anchor
	negatives.Exclude = loss.SameSample(first.Graph(), first.Shape().Dimensions[0])
	return negatives
}

// OtherLabels makes the embeddings of the batch's samples with another label
// the negatives of an anchor, where the pairs are (z0, z1) and (z1, z0), as
// supervised contrastive learning has it (Khosla et al. 2020, arXiv:2004.11362,
// §3.2). Their number depends on the labels; Excluded counts the anchor's own
// two views only, so that PerAnchor is the largest it can be.
func OtherLabels(pairs []Pair, labels *graph.Node) *Negatives {
	same := loss.SameLabel(labels)
	return &Negatives{
		Keys:    []*graph.Node{graph.Concatenate([]*graph.Node{pairs[0].Anchor, pairs[0].Positive}, 0)},
		Exclude: graph.Concatenate([]*graph.Node{same, same}, 1), Excluded: 2,
	}
}

// Without excludes further keys: those where the mask, [N, K] bool for keys that
// all anchors share, is true. A nil mask excludes none. Their number is not
// known, so that PerAnchor stays the largest it can be.
func (n *Negatives) Without(mask *graph.Node) *Negatives {
	if mask == nil {
		return n
	}
	less := *n
	if less.Exclude != nil {
		mask = graph.LogicalOr(less.Exclude, mask)
	}
	less.Exclude = mask
	return &less
}

// WithoutOwn excludes all of Own where the condition, a scalar bool, is true.
func (n *Negatives) WithoutOwn(condition *graph.Node) *Negatives {
	g, d := condition.Graph(), n.Own.Shape().Dimensions
	keys := n.Exclude
	if keys == nil {
		shared := n.Keys[0].Shape()
		keys = graph.Zeros(g, shapes.Make(dtypes.Bool, d[0], shared.Dimensions[shared.Rank()-2]))
	}
	less := *n
	less.Exclude = graph.Concatenate([]*graph.Node{keys, graph.BroadcastToDims(condition, d[0], d[1])}, 1)
	return &less
}

// With adds keys [K, D] that are negatives of every anchor, such as a queue. It
// panics where the negatives are chosen rows of their keys.
func (n *Negatives) With(keys *graph.Node) *Negatives {
	if n.Chosen != nil {
		panic(errors.New("keys can't be added to negatives of which rows are chosen: add them first and choose among all"))
	}
	more := &Negatives{Exclude: n.Exclude, Excluded: n.Excluded}
	for _, own := range n.Keys {
		more.Keys = append(more.Keys, graph.Concatenate([]*graph.Node{own, keys}, 0))
	}
	if n.Exclude != nil {
		anchors, count := n.Exclude.Shape().Dimensions[0], keys.Shape().Dimensions[0]
		none := graph.Zeros(keys.Graph(), shapes.Make(dtypes.Bool, anchors, count))
		more.Exclude = graph.Concatenate([]*graph.Node{n.Exclude, none}, 1)
	}
	return more
}

// OtherAnchors makes the anchors of the other samples the negatives of a
// positive: the N-1 negatives of NNCLR.
func OtherAnchors(pairs []Pair) *Negatives {
	negatives := &Negatives{Excluded: 1}
	for _, pair := range pairs {
		negatives.Keys = append(negatives.Keys, pair.Anchor)
	}
	first := pairs[0].Anchor
	negatives.Exclude = loss.SameSample(first.Graph(), first.Shape().Dimensions[0])
	return negatives
}
