package methodtest

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// checkMixing holds the declaration of how hooks can be mixed to what they
// return in a step, and lets Negatives and Loss work with pairs that Positives
// has not made.
func checkMixing(t testing.TB, training Training, declared *framework.Mixing) {
	t.Helper()
	if declared == nil {
		return
	}
	look := &mixing{Method: training.Method, declared: *declared}
	training.cut, training.observe = 1, nil
	training.spy, training.folder = look, t.TempDir()
	loss := training.Run(t).Measures[0].Loss
	switch {
	case look.contrasts != declared.Contrasts:
		t.Errorf("Info.Mixing.Contrasts is %v, but the hook Negatives returns some: %v", declared.Contrasts, look.contrasts)
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		t.Errorf("the loss of pairs that another method could have made is %v; "+
			"let Negatives and Loss use their arguments, or leave out Info.Mixing", loss)
	}
	if declared.UnitPairs {
		training.spy, training.folder = &lengths{training.Method}, t.TempDir()
		if worst := training.Run(t).Measures[0].Loss; worst > 1e-3 {
			t.Errorf("Info.Mixing.UnitPairs is set, but the length of an anchor or a positive differs from 1 by %.2g", worst)
		}
	}
}

// mixing is a method whose pairs are replaced by others before the later hooks get them.
type mixing struct {
	framework.Method
	declared  framework.Mixing
	contrasts bool
}

// Negatives are those of other pairs.
func (m *mixing) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	negatives := m.Method.Negatives(s, m.foreign(pairs))
	m.contrasts = negatives != nil
	return negatives
}

// Loss is that of other pairs.
func (m *mixing) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	if m.declared.OwnLossOnly {
		return m.Method.Loss(s, pairs, negatives)
	}
	return m.Method.Loss(s, m.foreign(pairs), negatives)
}

// foreign makes of the pairs what a method with one pair would give: the first, distorted.
func (m *mixing) foreign(pairs []framework.Pair) []framework.Pair {
	pair := framework.Pair{Anchor: distorted(pairs[0].Anchor), Positive: pairs[0].Positive}
	if m.declared.UnitLoss {
		pair = framework.Pair{Anchor: nn.L2Normalize(pair.Anchor), Positive: nn.L2Normalize(pair.Positive)}
	}
	return []framework.Pair{pair, pair.Reversed()}
}

// lengths is a method whose loss is how far the lengths of its embeddings are from 1 at most.
type lengths struct{ framework.Method }

// Loss has a gradient, so that the step can be made.
func (l *lengths) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	var worst *graph.Node
	for _, x := range framework.DistinctEmbeddings(pairs) {
		length := graph.Sqrt(graph.ReduceSum(graph.Square(x), -1))
		off := graph.ReduceAllMax(graph.Abs(graph.AddScalar(length, -1)))
		if worst == nil {
			worst = off
		} else {
			worst = graph.Max(worst, off)
		}
	}
	return worst
}
