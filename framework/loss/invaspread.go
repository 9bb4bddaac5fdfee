package loss

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// surest is the largest log-probability that [InvaSpread] takes the rest of, so that the rest has a logarithm.
const surest = -1e-6

// InvaSpread is the softmax over a batch of real instance features (Ye et al.
// 2019, arXiv:1904.03436, eq. 6): each anchor shall be taken for its positive,
// and for no negative; minus the logarithms of both probabilities, summed over
// the negatives and averaged over the anchors. The weight, in (0, ∞), multiplies
// the negatives, as in the authors' code; it is 1 in the paper.
//
// Anchors and positives are unit vectors [N, D]; negatives are cosines [N, K],
// [Excluded] where a key is none.
func InvaSpread(anchors, positives, negatives, temperature *graph.Node, weight float64) *graph.Node {
	sameShape("InvaSpread", anchors, positives)
	own := graph.ExpandAxes(graph.Div(rowDots(anchors, positives), temperature), 1)
	others := graph.Div(negatives, temperature)
	partition := LogSumExp(graph.Concatenate([]*graph.Node{own, graph.AddScalar(others, math.Log(weight))}, 1))
	partition = graph.ExpandAxes(partition, 1)

	hits := graph.ReduceAllSum(graph.Sub(own, partition))
	taken := graph.MinScalar(graph.Sub(others, partition), surest)
	misses := graph.ReduceAllSum(graph.Log1P(graph.Neg(graph.Exp(taken))))
	return graph.DivScalar(graph.Neg(graph.Add(hits, graph.MulScalar(misses, weight))), rows(anchors))
}
