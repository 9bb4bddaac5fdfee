package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Queue is a first-in-first-out store of normalised keys of past batches (He
// et al. 2020, arXiv:1911.05722, §3.1). It starts with random unit vectors.
type Queue struct {
	keys    *model.Variable // [K, D]
	pointer *model.Variable // scalar int32: where the next batch goes
	step    *Step
}

// Queue returns the queue of that name, of length keys of width dim. The
// length must be a multiple of the batch size, so that a batch never wraps around.
func (s *Step) Queue(name string, length, dim int) *Queue {
	if length < s.BatchSize() || length%s.BatchSize() != 0 {
		panic(fmt.Errorf("a queue of %d keys is not a multiple of the batch size %d; "+
			"choose a multiple so that a batch never wraps around", length, s.BatchSize()))
	}
	scope := s.State().At("%s", name)
	return &Queue{
		keys:    nn.Buffer(scope, "keys", nn.UnitVectors, length, dim),
		pointer: scope.VariableWithValue("pointer", tensors.FromScalar(int32(0))).SetTrainable(false),
		step:    s,
	}
}

// Keys are the keys of the batches before this one, [K, D]; they get no gradient.
func (q *Queue) Keys() *graph.Node { return graph.StopGradient(q.keys.NodeValue(q.step.Graph)) }

// Enqueue replaces the oldest keys by the batch's, [N, D]. Call it from
// Update: the loss must see the queue as it was before.
func (q *Queue) Enqueue(keys *graph.Node) {
	g := q.step.Graph
	queue, pointer := loss.EnqueueFIFO(q.keys.NodeValue(g), keys, q.pointer.NodeValue(g))
	q.keys.SetNodeValue(queue)
	q.pointer.SetNodeValue(pointer)
}
