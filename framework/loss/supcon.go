package loss

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// SupCon is supervised contrastive learning (Khosla et al. 2020,
// arXiv:2004.11362, eq. 2, "L_out"): all views of all samples with an anchor's
// label are its positives; their log-probabilities are averaged. It is scaled
// by temperature/baseTemperature as in the authors' code.
//
// Views are [N, D], at least one entry; labels [N] are of an integer type, nil
// makes every sample a class of its own. Anchors are all views, or with
// firstOnly those of the first. An anchor without positives counts as 0.
func SupCon(views []*graph.Node, labels, temperature, baseTemperature *graph.Node, firstOnly bool) *graph.Node {
	anchors := len(views)
	if firstOnly {
		anchors = 1
	}
	logits, positives := supervised(views, anchors, labels, temperature)
	logProbabilities := graph.Sub(logits, graph.ExpandAxes(LogSumExp(logits), 1))
	count := graph.MaxScalar(graph.ReduceSum(positives, 1), 1)
	each := graph.Div(graph.ReduceSum(graph.Mul(positives, logProbabilities), 1), count)
	return graph.Mul(graph.Neg(graph.Div(temperature, baseTemperature)), graph.ReduceAllMean(each))
}

// supervised takes the first views for A anchors and all for M candidates. It
// returns the logits [A, M] with the anchor itself masked, and which candidates are positives, 0 or 1.
func supervised(views []*graph.Node, anchors int, labels, temperature *graph.Node) (logits, positives *graph.Node) {
	g, n := views[0].Graph(), rows(views[0])
	all := nn.L2Normalize(graph.Concatenate(views, 0))
	from := graph.SliceAxis(all, 0, graph.AxisRangeFromStart(anchors*n))
	logits = similarities(graph.Div(from, temperature), all)
	shape := logits.Shape().Dimensions

	itself := graph.SliceAxis(onDiagonal(g, len(views)*n), 0, graph.AxisRangeFromStart(anchors*n))
	same := onDiagonal(g, n) // samples
	if labels != nil {
		square := []int{n, n}
		same = graph.Equal(graph.BroadcastToDims(graph.ExpandAxes(labels, 1), square...),
			graph.BroadcastToDims(graph.ExpandAxes(labels, 0), square...))
	}
	same = graph.Reshape(graph.BroadcastToDims(graph.ExpandAxes(same, 0, 2), anchors, n, len(views), n), shape...)
	positives = graph.ConvertDType(graph.LogicalAnd(same, graph.LogicalNot(itself)), logits.DType())
	return graph.Where(itself, graph.BroadcastToDims(graph.ConstAs(logits, masked), shape...), logits), positives
}
