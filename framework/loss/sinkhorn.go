package loss

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Sinkhorn assigns the samples of a batch evenly to prototypes (SwAV, Caron et
// al. 2020, arXiv:2006.09882, §3.1): the matrix exp(scores/epsilon) is scaled
// in turn so that all prototypes and all samples have equal weight. It returns
// the codes [B, K]; each row sums to 1. No gradient flows.
//
// Scores are [B, K], cosines as a rule; epsilon is in (0, ∞), 0.05 in the
// paper, and iterations at least 1, 3 in the paper.
func Sinkhorn(scores *graph.Node, epsilon float64, iterations int) *graph.Node {
	scores = graph.StopGradient(scores)
	// A common factor cancels, so that the largest entry may be 1.
	logits := graph.DivScalar(graph.Sub(scores, graph.ReduceAllMax(scores)), epsilon)
	return balance(graph.Exp(logits), iterations)
}

// SinkhornWithQueue is Sinkhorn over the scores [L, K] of a queue of earlier
// embeddings and those of the batch [B, K]; it returns the batch's codes [B, K].
func SinkhornWithQueue(queueScores, scores *graph.Node, epsilon float64, iterations int) *graph.Node {
	codes := Sinkhorn(graph.Concatenate([]*graph.Node{queueScores, scores}, 0), epsilon, iterations)
	return graph.SliceAxis(codes, 0, graph.AxisRangeToEnd(rows(queueScores)))
}

// balance scales the columns of a positive matrix to equal sums, then its rows to 1, in turn.
func balance(q *graph.Node, iterations int) *graph.Node {
	if iterations < 1 {
		panic(fmt.Errorf("Sinkhorn: %d iterations, want at least 1", iterations))
	}
	for range iterations {
		q = graph.Div(q, positiveSum(q, 0))
		q = graph.Div(q, positiveSum(q, 1))
	}
	return graph.StopGradient(q)
}

// positiveSum sums along an axis and keeps it; a sum that vanished in float32 divides nothing by zero.
func positiveSum(x *graph.Node, axis int) *graph.Node {
	return graph.MaxScalar(graph.ReduceAndKeep(x, graph.ReduceSum, axis), smallestNormal)
}
