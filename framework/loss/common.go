// Package loss has the objectives of contrastive and self-distilling methods
// as plain functions on graph nodes, one file a family.
//
// Conventions: N is the batch, D the width of an embedding, K the number of
// negatives, prototypes or output units. Embeddings are [N, D], one row a
// sample; unless a function says that it takes unit vectors, it normalizes
// them itself. Temperatures are scalars in (0, ∞), so that they may be inputs
// of the graph. A loss is a scalar. What a paper holds constant (targets, keys,
// codes, centers) gets no gradient here, whatever the caller passes.
//
// State (queues, banks, centers, covariances) is never hidden: a function takes
// the old value and returns the new one.
//
// Like all graph-building functions these panic on wrong shapes; the framework
// recovers at its boundary.
package loss

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Excluded replaces a similarity or a logit that is left out of a softmax: its
// exponential vanishes at any temperature up to 1e6, and unlike -Inf it gives no
// NaN where a whole row is left out.
const Excluded = -1e9

// smallestNormal is the smallest float32 above zero that keeps full precision.
const smallestNormal = 0x1p-126

// LogSumExp is log Σ exp along the last axis, without overflow: [..., K] to [...].
func LogSumExp(logits *graph.Node) *graph.Node {
	largest := graph.StopGradient(graph.ReduceAndKeep(logits, graph.ReduceMax, -1))
	sum := graph.ReduceSum(graph.Exp(graph.Sub(logits, largest)), -1)
	return graph.Add(graph.Log(sum), graph.Squeeze(largest, -1))
}

// CrossEntropy is the mean over rows of -log softmax(logits)[label]: logits
// [N, K], labels [N] of an integer type in [0, K).
func CrossEntropy(logits, labels *graph.Node) *graph.Node {
	columns := graph.Iota(logits.Graph(), shapes.Make(labels.DType(), logits.Shape().Dimensions...), 1)
	hit := graph.Equal(columns, graph.BroadcastToDims(graph.ExpandAxes(labels, 1), logits.Shape().Dimensions...))
	return crossEntropyOf(logits, graph.ReduceSum(graph.Where(hit, logits, graph.ZerosLike(logits)), -1))
}

// CrossEntropyFirst is CrossEntropy with label 0 for every row: the positive
// comes first, negatives after it. Logits are [N, 1+K].
func CrossEntropyFirst(logits *graph.Node) *graph.Node {
	return crossEntropyOf(logits, graph.Squeeze(graph.SliceAxis(logits, 1, graph.AxisElem(0)), 1))
}

// crossEntropyOf is the mean over rows, given the logit [N] of each row's label.
func crossEntropyOf(logits, ofLabel *graph.Node) *graph.Node {
	return graph.ReduceAllMean(graph.Sub(LogSumExp(logits), ofLabel))
}

// SoftCrossEntropy is the mean over rows of -Σ_k targets log softmax(logits).
// Both are [N, K]; targets get no gradient.
func SoftCrossEntropy(targets, logits *graph.Node) *graph.Node {
	return graph.ReduceAllMean(crossEntropyRows(targets, graph.LogSoftmax(logits)))
}

// crossEntropyRows is -Σ_k targets·logProbabilities along the last axis; targets get no gradient.
func crossEntropyRows(targets, logProbabilities *graph.Node) *graph.Node {
	return graph.Neg(graph.ReduceSum(graph.Mul(graph.StopGradient(targets), logProbabilities), -1))
}

// Similarities are the inner products of anchors [N, D] with keys: [N, K]. Keys
// are [K, D] where all anchors share them, [N, K, D] where each has its own.
func Similarities(anchors, keys *graph.Node) *graph.Node {
	if keys.Rank() == 3 {
		return graph.EinsumAxes(anchors, keys, [][2]int{{1, 2}}, [][2]int{{0, 0}})
	}
	return graph.EinsumAxes(anchors, keys, [][2]int{{1, 1}}, nil)
}

// rowDots is the inner product of each row of a with the same row of b: [N, D] twice to [N].
func rowDots(a, b *graph.Node) *graph.Node { return graph.ReduceSum(graph.Mul(a, b), -1) }

// SameSample is true where row and column are the same sample: [n, n] bool.
func SameSample(g *graph.Graph, n int) *graph.Node {
	square := shapes.Make(dtypes.Int32, n, n)
	return graph.Equal(graph.Iota(g, square, 0), graph.Iota(g, square, 1))
}

// withoutDiagonal replaces the diagonal of x [n, n] by a value.
func withoutDiagonal(x *graph.Node, value float64) *graph.Node {
	return graph.Where(SameSample(x.Graph(), rows(x)), graph.ConstAs(x, value), x)
}

// diagonal is the diagonal of x [n, n]: [n].
func diagonal(x *graph.Node) *graph.Node {
	return graph.ReduceSum(graph.Where(SameSample(x.Graph(), rows(x)), x, graph.ZerosLike(x)), -1)
}

func rows(x *graph.Node) int { return x.Shape().Dimensions[0] }

func width(x *graph.Node) int { return x.Shape().Dimensions[x.Rank()-1] }

// sameShape panics unless all nodes have the shape [N, D] of the first.
func sameShape(function string, nodes ...*graph.Node) {
	for _, x := range nodes {
		if x.Rank() != 2 || !x.Shape().Equal(nodes[0].Shape()) {
			panic(fmt.Errorf("%s: embeddings must be matrices [N, D] of one shape, got %s and %s",
				function, nodes[0].Shape(), x.Shape()))
		}
	}
}

func sum(terms ...*graph.Node) *graph.Node {
	total := terms[0]
	for _, term := range terms[1:] {
		total = graph.Add(total, term)
	}
	return total
}

func mean(terms ...*graph.Node) *graph.Node { return graph.DivScalar(sum(terms...), len(terms)) }
