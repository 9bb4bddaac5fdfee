package loss

import "github.com/gomlx/gomlx/core/graph"

// SigLIP is the sigmoid loss (Zhai et al. 2023, arXiv:2303.15343, eq. 1): each
// anchor with its positive, and with each of its negatives, is a decision of its
// own, matching or not. It is the sum over all decisions divided by N.
//
// Anchors and positives are unit vectors [N, D]; negatives are cosines [N, K],
// [Excluded] where a key is none. The logarithm of the scale and the bias are
// learned scalars that start at ln 10 and -10. Matching is true where an anchor
// and another sample's positive belong together too, [N, N] bool, as captions of
// one image do; nil for nowhere.
func SigLIP(anchors, positives, negatives, logScale, bias, matching *graph.Node) *graph.Node {
	sameShape("SigLIP", anchors, positives)
	scale := graph.Exp(logScale)
	logits := func(cosines *graph.Node) *graph.Node { return graph.Add(graph.Mul(cosines, scale), bias) }
	match := graph.ReduceAllSum(softplus(graph.Neg(logits(rowDots(anchors, positives)))))
	if matching != nil {
		missed := softplus(graph.Neg(logits(Similarities(anchors, positives))))
		others := graph.LogicalAnd(matching, graph.LogicalNot(SameSample(anchors.Graph(), rows(anchors))))
		match = graph.Add(match, graph.ReduceAllSum(graph.Where(others, missed, graph.ZerosLike(missed))))
	}
	differ := graph.ReduceAllSum(softplus(logits(negatives)))
	return graph.DivScalar(graph.Add(match, differ), rows(anchors))
}

// softplus is log(1 + exp(x)) without overflow.
func softplus(x *graph.Node) *graph.Node {
	return graph.Add(graph.MaxScalar(x, 0), graph.Log1p(graph.Exp(graph.Neg(graph.Abs(x)))))
}
