package methodtest

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// checkHooks changes what the first two hooks return, a part at a time, and looks
// whether the losses of the training, which are given, move: losses that stay where
// they were are made of something else than the pairs and the negatives that the
// method says it has.
func checkHooks(t testing.TB, training Training, losses []train.Measures) {
	t.Helper()
	training.observe = nil
	var returned parts
	for i, hook := range []*perturbed{
		{what: "the anchors of its pairs", change: parts{anchors: true}},
		{what: "the positives of its pairs", change: parts{positives: true}},
		{what: "its last pair", change: parts{last: true}},
		{what: "its negatives (Negatives.Keys)", change: parts{keys: true}},
		{what: "its negatives (Negatives.Own)", change: parts{own: true}},
	} {
		if i > 0 && !returned.any(hook.change) {
			continue
		}
		hook.Method = training.Method
		training.spy = hook
		same := func(cut int) bool {
			training.cut, training.folder = cut, t.TempDir()
			for step, m := range training.Run(t).Measures {
				if m.Loss != losses[step].Loss {
					return false
				}
			}
			return true
		}
		if same(1) && same(0) { // some parts count after a warm-up only
			t.Errorf("the loss does not depend on %s: it is %v in the first step, whatever they are; "+
				"let Loss use what Positives and Negatives return", hook.what, losses[0].Loss)
		}
		returned = hook.returned
	}
}

// parts are parts of what Positives and Negatives return.
type parts struct {
	anchors, positives bool // of all pairs
	last               bool // pair of several
	keys, own          bool // of the negatives
}

// any reports whether p and q have a part in common.
func (p parts) any(q parts) bool {
	return p.anchors && q.anchors || p.positives && q.positives || p.last && q.last || p.keys && q.keys || p.own && q.own
}

// perturbed is a method of whose embeddings some are changed before the loss gets them.
type perturbed struct {
	framework.Method
	what     string
	change   parts
	returned parts // that there are
}

// Loss is that of other embeddings.
func (p *perturbed) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	p.returned = parts{
		anchors: true, positives: true, last: len(pairs) > 1,
		keys: negatives != nil, own: negatives != nil && negatives.Own != nil,
	}
	changed := map[*graph.Node]*graph.Node{} // one embedding in several pairs stays one
	change := func(x *graph.Node, wanted bool) *graph.Node {
		if !wanted {
			return x
		}
		if changed[x] == nil {
			changed[x] = distorted(x)
		}
		return changed[x]
	}
	others := slices.Clone(pairs)
	for i, pair := range pairs {
		last := p.change.last && i == len(pairs)-1
		others[i].Anchor = change(pair.Anchor, p.change.anchors || last)
		others[i].Positive = change(pair.Positive, p.change.positives || last)
	}
	if negatives != nil {
		copied := *negatives
		copied.Keys = slices.Clone(negatives.Keys)
		for i, keys := range copied.Keys {
			copied.Keys[i] = change(keys, p.change.keys)
		}
		if copied.Own != nil {
			copied.Own = change(copied.Own, p.change.own)
		}
		negatives = &copied
	}
	return p.Method.Loss(s, others, negatives)
}

// distorted multiplies the entries of x by factors from 0.5 to 1.5 that differ
// from row to row and from column to column.
func distorted(x *graph.Node) *graph.Node {
	count := graph.Iota(x.Graph(), shapes.Make(x.DType(), x.Shape().Size()), 0)
	factors := graph.AddScalar(graph.MulScalar(graph.Sin(count), 0.5), 1)
	return graph.Mul(x, graph.Reshape(factors, x.Shape().Dimensions...))
}
