package loss

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// SupCon is supervised contrastive learning (Khosla et al. 2020,
// arXiv:2004.11362, eq. 2, "L_out") for one view's anchors: all views of all
// samples with an anchor's label are its positives; their log-probabilities
// among positives and negatives are averaged. It is scaled by
// temperature/baseTemperature as in the authors' code.
//
// Anchors and views are unit vectors [N, D]; the anchors' own view may be among
// the views, and is told by being the same node. Labels [N] are of an integer
// type; nil makes every sample a class of its own. Negatives are cosines [N, K],
// [Excluded] where a key is none. An anchor without positives counts as 0.
//
// Inside averages within the logarithm instead: eq. 3, "L_in", of which
// solo-learn leaves out the constant log of the number of positives.
func SupCon(
	anchors *graph.Node, views []*graph.Node, labels, negatives, temperature, baseTemperature *graph.Node, inside bool,
) *graph.Node {
	g, n := anchors.Graph(), rows(anchors)
	same := SameSample(g, n)
	if labels != nil {
		same = SameLabel(labels)
	}
	isPositive := make([]*graph.Node, len(views))
	for i := range views {
		isPositive[i] = same
	}
	if own := slices.Index(views, anchors); own >= 0 {
		isPositive[own] = graph.LogicalAnd(same, graph.LogicalNot(SameSample(g, n)))
	}
	positive := graph.Concatenate(isPositive, 1) // [N, views·N]
	logits := graph.Div(Similarities(anchors, graph.Concatenate(views, 0)), temperature)
	near := graph.Where(positive, logits, graph.ConstAs(logits, Excluded))
	partition := LogSumExp(graph.Concatenate([]*graph.Node{near, graph.Div(negatives, temperature)}, 1))

	weights := graph.ConvertDType(positive, logits.DType())
	logProbabilities := graph.Sub(logits, graph.ExpandAxes(partition, 1))
	count := graph.MaxScalar(graph.ReduceSum(weights, 1), 1)
	each := graph.Div(graph.ReduceSum(graph.Mul(weights, logProbabilities), 1), count)
	if inside {
		some := graph.IsPositive(graph.ReduceSum(weights, 1))
		each = graph.Sub(LogSumExp(near), graph.Add(partition, graph.Log(count)))
		each = graph.Where(some, each, graph.ZerosLike(each))
	}
	return graph.Mul(graph.Neg(graph.Div(temperature, baseTemperature)), graph.ReduceAllMean(each))
}

// SameLabel is true where row and column have the same of the labels [n]: [n, n] bool.
func SameLabel(labels *graph.Node) *graph.Node {
	n := rows(labels)
	return graph.Equal(graph.BroadcastToDims(graph.ExpandAxes(labels, 1), n, n),
		graph.BroadcastToDims(graph.ExpandAxes(labels, 0), n, n))
}
