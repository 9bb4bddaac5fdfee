package methodtest

import (
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
)

// checkHooks changes what the first two hooks return and looks whether the loss
// of the first step, which is given, moves: a loss that stays where it was is
// made of something else than the pairs and the negatives that the method says it has.
func checkHooks(t testing.TB, training Training, loss float64) {
	t.Helper()
	training.cut = 1
	training.observe = nil
	for _, hook := range []*perturbed{
		{what: "the anchors of its pairs", anchors: true},
		{what: "the positives of its pairs", positives: true},
		{what: "its negatives", negatives: true},
	} {
		hook.Method = training.Method
		training.spy, training.folder = hook, t.TempDir()
		got := training.Run(t).Measures[0].Loss
		if hook.changed && got == loss {
			t.Errorf("the loss does not depend on %s: it is %v whatever they are; "+
				"let Loss use what Positives and Negatives return", hook.what, loss)
		}
	}
}

// perturbed is a method of whose embeddings some are changed before the loss gets them.
type perturbed struct {
	framework.Method
	what                          string
	anchors, positives, negatives bool
	changed                       bool // there was something to change
}

// Loss is that of other embeddings.
func (p *perturbed) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	changed := map[*graph.Node]*graph.Node{} // one embedding in several pairs stays one
	change := func(x *graph.Node) *graph.Node {
		if changed[x] == nil {
			changed[x] = distorted(x)
		}
		return changed[x]
	}
	others := make([]framework.Pair, len(pairs))
	for i, pair := range pairs {
		others[i] = pair
		if p.anchors {
			others[i].Anchor = change(pair.Anchor)
		}
		if p.positives {
			others[i].Positive = change(pair.Positive)
		}
	}
	if p.negatives && negatives != nil {
		copied := *negatives
		copied.Keys = nil
		for _, keys := range negatives.Keys {
			copied.Keys = append(copied.Keys, change(keys))
		}
		if copied.Own != nil {
			copied.Own = change(copied.Own)
		}
		negatives = &copied
	}
	p.changed = len(changed) > 0
	return p.Method.Loss(s, others, negatives)
}

// distorted multiplies the entries of x by factors from 0.5 to 1.5 that differ
// from row to row and from column to column.
func distorted(x *graph.Node) *graph.Node {
	count := graph.Iota(x.Graph(), shapes.Make(x.DType(), x.Shape().Size()), 0)
	factors := graph.AddScalar(graph.MulScalar(graph.Sin(count), 0.5), 1)
	return graph.Mul(x, graph.Reshape(factors, x.Shape().Dimensions...))
}
