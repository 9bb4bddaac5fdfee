package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Queue is a first-in-first-out store of normalized keys of past batches (He
// et al. 2020, arXiv:1911.05722, §3.1). It starts with random unit vectors.
type Queue struct {
	keys    *model.Variable // [K, D]
	cut     bool            // a batch may reach past the end
	pointer *model.Variable // scalar int32: where the next batch goes
	step    *Step
}

// Queue returns the queue of that name, of length keys of width dim. The
// length must be a multiple of the batch size, so that a batch never wraps around.
func (s *Step) Queue(name string, length, dim int) *Queue {
	return s.queue(name, length, dim, nn.UnitVectors)
}

// EmptyQueue is like [Step.Queue], but starts with zeros: see [Queue.Full].
func (s *Step) EmptyQueue(name string, length, dim int) *Queue {
	return s.queue(name, length, dim, nn.Zeros)
}

// CutQueue is like [Step.Queue] for any length of at least a batch: of a batch
// that reaches past its end the rest is dropped, and the next one starts at the front.
func (s *Step) CutQueue(name string, length, dim int) *Queue {
	if length < s.BatchSize() {
		panic(fmt.Errorf("a queue of %d keys is shorter than the batch of %d", length, s.BatchSize()))
	}
	queue := s.variables(name, nn.UnitVectors, length, dim)
	queue.cut = true
	return queue
}

func (s *Step) queue(name string, length, dim int, init nn.Init) *Queue {
	if length < s.BatchSize() || length%s.BatchSize() != 0 {
		panic(fmt.Errorf("a queue of %d keys is not a multiple of the batch size %d; "+
			"choose a multiple so that a batch never wraps around", length, s.BatchSize()))
	}
	return s.variables(name, init, length, dim)
}

func (s *Step) variables(name string, init nn.Init, length, dim int) *Queue {
	scope := s.State().At("%s", name)
	return &Queue{
		keys:    nn.Buffer(scope, "keys", init, length, dim),
		pointer: scope.VariableWithValue("pointer", tensors.FromScalar(int32(0))).SetTrainable(false),
		step:    s,
	}
}

// CheckQueue reports a length, at that path of the configuration, that is not a
// multiple of the keys that a batch brings: for the hyperparameters of methods
// with a [Queue]. A length of 0, for no queue, is a multiple of any number.
func CheckQueue(path string, length, keys int) error {
	if keys < 1 {
		return config.Faultf(path, "a batch brings %d keys to the queue; it must bring at least 1", keys)
	}
	if length%keys == 0 {
		return nil
	}
	return config.Faultf(path,
		"a queue of %d keys is not a multiple of the %d keys of a batch; so that a batch never wraps around, choose for "+
			"example %d",
		length, keys, max(1, length/keys)*keys)
}

// Keys are the keys of the batches before this one, [K, D]; they get no gradient.
func (q *Queue) Keys() *graph.Node { return graph.StopGradient(q.keys.NodeValue(q.step.Graph)) }

// Full reports whether a queue that started empty has been filled to its last
// key, a scalar bool.
func (q *Queue) Full() *graph.Node {
	keys := q.Keys()
	last := graph.SliceAxis(keys, 0, graph.AxisRangeToEnd(keys.Shape().Dimensions[0]-1))
	return graph.IsPositive(graph.ReduceAllMax(graph.Abs(last)))
}

// Enqueue replaces the oldest keys by the batch's, [N, D]. Call it from
// Update: the loss must see the queue as it was before.
func (q *Queue) Enqueue(keys *graph.Node) { q.EnqueueIf(nil, keys) }

// EnqueueIf is Enqueue in steps where the condition, a scalar bool, is true; in
// others the queue stays as it is. A nil condition is always true.
func (q *Queue) EnqueueIf(condition, keys *graph.Node) {
	g := q.step.Graph
	old, at := q.keys.NodeValue(g), q.pointer.NodeValue(g)
	enqueue := loss.EnqueueFIFO
	if q.cut {
		enqueue = loss.EnqueueCut
	}
	queue, pointer := enqueue(old, keys, at)
	if condition != nil {
		queue = graph.Where(graph.BroadcastToDims(condition, old.Shape().Dimensions...), queue, old)
		pointer = graph.Where(condition, pointer, at)
	}
	q.keys.SetNodeValue(queue)
	q.pointer.SetNodeValue(pointer)
}
