package loss

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// EnqueueFIFO replaces the oldest keys of a queue by a batch (MoCo, He et al.
// 2020, arXiv:1911.05722, algorithm 1). It returns the new queue [K, D] and the
// new pointer, (pointer+N) mod K.
//
// The queue is [K, D], keys are [N, D], the pointer is a scalar int32 that
// starts at 0. K must be a multiple of N, so that a batch never wraps around; see [EnqueueCut].
func EnqueueFIFO(queue, keys, pointer *graph.Node) (newQueue, newPointer *graph.Node) {
	length, batch := rows(queue), rows(keys)
	if length%batch != 0 {
		panic(fmt.Errorf("EnqueueFIFO: a queue of %d keys is not a multiple of the batch of %d; "+
			"choose a multiple so that a batch never wraps around", length, batch))
	}
	// Written as a choice between blocks: not every backend can update a slice at a position known only at run time.
	blocks := []int{length / batch, batch, width(queue)}
	block := graph.Iota(queue.Graph(), shapes.Make(pointer.DType(), length/batch, 1, 1), 0)
	newest := graph.BroadcastToDims(graph.Equal(block, graph.DivScalar(pointer, batch)), blocks...)
	written := graph.Where(
		newest, graph.BroadcastToDims(graph.ExpandAxes(keys, 0), blocks...), graph.Reshape(queue, blocks...),
	)
	return graph.StopGradient(graph.Reshape(written, queue.Shape().Dimensions...)), advance(pointer, batch, length)
}

// EnqueueCut is [EnqueueFIFO] for a queue of any length of at least a batch: of a
// batch that reaches past its end the rest is dropped, and the next one starts
// at the front, as in the memory bank of lightly (models/modules/memory_bank.py).
func EnqueueCut(queue, keys, pointer *graph.Node) (newQueue, newPointer *graph.Node) {
	length, batch := rows(queue), rows(keys)
	if length < batch {
		panic(fmt.Errorf("EnqueueCut: a queue of %d keys is shorter than the batch of %d", length, batch))
	}
	row := graph.Iota(queue.Graph(), shapes.Make(pointer.DType(), length), 0)
	of := graph.Sub(row, pointer) // the row of the batch that goes there
	newest := graph.LogicalAnd(graph.GreaterOrEqual(of, graph.ZerosLike(of)), graph.LessThan(of, graph.ConstAs(of, batch)))
	written := graph.Gather(keys, graph.ExpandAxes(graph.Where(newest, of, graph.ZerosLike(of)), -1))
	all := graph.BroadcastToDims(graph.ExpandAxes(newest, 1), queue.Shape().Dimensions...)
	return graph.StopGradient(graph.Where(all, written, queue)), advance(pointer, batch, length)
}

// Shift puts a batch [N, D] on top of a queue [K, D] and drops its last N
// rows: the queue of SwAV, newest first.
func Shift(queue, keys *graph.Node) *graph.Node {
	if rows(queue) < rows(keys) {
		panic(fmt.Errorf("Shift: a queue of %d keys is shorter than the batch of %d", rows(queue), rows(keys)))
	}
	kept := graph.SliceAxis(queue, 0, graph.AxisRangeFromStart(rows(queue)-rows(keys)))
	return graph.StopGradient(graph.Concatenate([]*graph.Node{keys, kept}, 0))
}

// UpdateBank moves the entries of a batch in a memory bank of unit vectors
// toward the batch's embeddings (InstDisc, Wu et al. 2018, arXiv:1805.01978,
// §3.1): row y becomes the direction of momentum·row + (1-momentum)·x.
//
// The bank is [M, D], indices [N] are of an integer type and differ from each
// other, x [N, D] are unit vectors, the momentum is a scalar in [0, 1).
func UpdateBank(bank, indices, x, momentum *graph.Node) *graph.Node {
	at := graph.ExpandAxes(indices, -1)
	old := graph.Gather(graph.StopGradient(bank), at)
	moved := graph.Add(graph.Mul(momentum, old), graph.Mul(graph.OneMinus(momentum), graph.StopGradient(x)))
	// The difference is added, rather than the row replaced, so that all other rows stay untouched.
	return graph.ScatterSum(bank, at, graph.Sub(nn.L2Normalize(moved), old), false, true)
}

// UpdateMean is the exponential moving average of a center [1, K] or [K] over
// the mean of the rows of a batch [N, K]: momentum·center + (1-momentum)·mean.
// The momentum is a scalar in [0, 1].
func UpdateMean(center, batch, momentum *graph.Node) *graph.Node {
	mean := graph.Reshape(graph.ReduceMean(graph.StopGradient(batch), 0), center.Shape().Dimensions...)
	return movingAverage(center, mean, momentum)
}

func movingAverage(old, value, momentum *graph.Node) *graph.Node {
	return graph.StopGradient(graph.Add(graph.Mul(momentum, old), graph.Mul(graph.OneMinus(momentum), value)))
}

// advance moves the pointer, back to 0 at the end of the queue.
func advance(pointer *graph.Node, batch, length int) *graph.Node {
	next := graph.AddScalar(pointer, batch)
	return graph.Where(graph.GreaterOrEqual(next, graph.ConstAs(next, length)), graph.ZerosLike(next), next)
}
