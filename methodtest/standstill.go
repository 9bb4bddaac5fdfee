package methodtest

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// checkStandstill trains two steps at a rate of 0, where only the method's
// hooks can change anything, and looks in the second for gradients that reach
// what the method declares to change. It returns the state after the first.
func checkStandstill(t testing.TB, training Training, declared []string) state {
	t.Helper()
	training.Rate, training.Decay, training.folder = 0, 0, t.TempDir()
	var first, second state
	training.cut = 1
	training.observe = func(_ int, store *model.Store) { first = read(t, store) }
	training.Run(t)

	spy := &gradientSpy{Method: training.Method, declared: declared}
	training.cut, training.spy = 2, spy
	training.observe = func(_ int, store *model.Store) {
		second = read(t, store)
		spy.check(t, store)
	}
	training.Run(t)
	var moved []string
	for path, now := range second {
		if now.trainable && differ(first[path].bytes, now.bytes) {
			moved = append(moved, path)
		}
	}
	if len(moved) > 0 {
		t.Errorf("a step changes the trained %s even at a learning rate of 0; leave them to the optimizer", shorten(moved))
	}
	return first
}

// differ reports whether float32 values differ by more than the rounding of
// what is scaled to a length that it has already.
func differ(before, after []byte) bool {
	if bytes.Equal(before, after) {
		return false
	}
	a, b := floats(before), floats(after)
	if len(a) != len(b) {
		return true
	}
	var largest, distance float64
	for i := range a {
		largest, distance = max(largest, math.Abs(a[i])), max(distance, math.Abs(a[i]-b[i]))
	}
	return !(distance <= 1e-5*largest)
}

// gradientSpy is a method that also measures the gradient of its loss with
// respect to the variables that it declares to change, which exist already.
type gradientSpy struct {
	framework.Method
	declared []string
	paths    []string
	starts   []*graph.Node
}

// measured is the variable that holds the largest absolute gradients.
const measured = "/methodtest/gradients"

// Positives notes the variables before the method can change them.
func (p *gradientSpy) Positives(s *framework.Step) []framework.Pair {
	p.paths, p.starts = nil, nil
	for v := range s.Online().Store().IterVariables() {
		if prefixOf(v.Path(), p.declared) != "" && v.DType().IsFloat() {
			p.paths, p.starts = append(p.paths, v.Path()), append(p.starts, v.NodeValue(s.Graph))
		}
	}
	return p.Method.Positives(s)
}

// Loss adds the gradients to the graph.
func (p *gradientSpy) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	loss := p.Method.Loss(s, pairs, negatives)
	if len(p.starts) == 0 {
		return loss
	}
	largest := graph.Gradient(loss, p.starts...)
	for i, gradient := range largest {
		largest[i] = graph.ReduceAllMax(graph.Abs(graph.ConvertDType(gradient, loss.DType())))
	}
	scope, name, _ := strings.Cut(strings.TrimPrefix(measured, "/"), "/")
	s.Online().Store().Scope("/"+scope).VariableWithValue(name, make([]float32, len(largest))).
		SetTrainable(false).SetNodeValue(graph.Stack(largest, 0))
	return loss
}

// Watched forwards to the method, if it says what is watched.
func (p *gradientSpy) Watched(s *framework.Step, pairs []framework.Pair) framework.Pair {
	if watcher, ok := p.Method.(framework.CollapseWatcher); ok {
		return watcher.Watched(s, pairs)
	}
	return pairs[0]
}

// Adjust forwards to the method, if it adjusts parameters.
func (p *gradientSpy) Adjust(s *framework.Step, parameter *optim.Param) {
	if adjuster, ok := p.Method.(framework.ParameterAdjuster); ok {
		adjuster.Adjust(s, parameter)
	}
}

func (p *gradientSpy) check(t testing.TB, store *model.Store) {
	t.Helper()
	if len(p.paths) == 0 {
		return
	}
	var reached []string
	for i, largest := range floats(read(t, store)[measured].bytes) {
		if largest != 0 {
			reached = append(reached, p.paths[i])
		}
	}
	if len(reached) > 0 {
		t.Errorf("the gradient of the loss reaches %s, which Options.Changes says the method itself changes; "+
			"put graph.StopGradient around what is made of it", shorten(reached))
	}
}
