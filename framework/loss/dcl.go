package loss

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// DCL is decoupled contrastive learning (Yeh et al. 2022, arXiv:2110.06848):
// NT-Xent without the positive in the denominator. It is the mean over
// both directions.
//
// Both views are [N, D], N at least 2.
func DCL(view0, view1, temperature *graph.Node) *graph.Node {
	return decoupled(view0, view1, temperature, func(*graph.Node) *graph.Node { return nil })
}

// DCLW is DCL with weights that stress hard positives, 2 - N·softmax(a·b/sigma)
// over the batch (Yeh et al. 2022). The weights get no gradient.
//
// Both views are [N, D], N at least 2; sigma is in (0, ∞), 0.5 in the paper.
func DCLW(view0, view1, temperature *graph.Node, sigma float64) *graph.Node {
	return decoupled(view0, view1, temperature, func(positive *graph.Node) *graph.Node {
		shares := graph.Softmax(graph.DivScalar(positive, sigma))
		return graph.StopGradient(graph.AddScalar(graph.MulScalar(shares, -rows(positive)), 2))
	})
}

// decoupled is DCL with a weight for each positive, from its cosine [N]; nil for 1.
func decoupled(view0, view1, temperature *graph.Node, weigh func(positive *graph.Node) *graph.Node) *graph.Node {
	sameShape("DCL", view0, view1)
	z0, z1 := nn.L2Normalize(view0), nn.L2Normalize(view1)
	positive := rowDots(z0, z1)
	weighted := positive
	if weight := weigh(positive); weight != nil {
		weighted = graph.Mul(weight, positive)
	}
	direction := func(a, b *graph.Node) *graph.Node {
		scaled := graph.Div(a, temperature)
		negatives := graph.Concatenate([]*graph.Node{
			withoutDiagonal(similarities(scaled, a), masked),
			withoutDiagonal(similarities(scaled, b), masked),
		}, 1)
		return graph.ReduceAllMean(LogSumExp(negatives))
	}
	return graph.Sub(mean(direction(z0, z1), direction(z1, z0)), graph.ReduceAllMean(graph.Div(weighted, temperature)))
}
