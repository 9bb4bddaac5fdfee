package optim

import "github.com/gomlx/gomlx/core/graph"

// clipEpsilon is what torch.nn.utils.clip_grad_norm_ adds to a norm.
const clipEpsilon = 1e-6

// ClipGlobalNorm scales all gradients by one factor so that the norm of them
// together is at most limit, in (0, ∞) (Pascanu et al. 2013, arXiv:1211.5063). It
// returns the parameters, of which there must be some, with clipped gradients
// and the norm before clipping.
func ClipGlobalNorm(params []Param, limit float64) ([]Param, *graph.Node) {
	norm := GlobalNorm(params)
	factor := clipFactor(norm, limit)
	return scaleGrads(params, func(*graph.Node) *graph.Node { return factor }), norm
}

// ClipEachNorm scales each parameter's gradient by its own factor so that its
// norm is at most limit, in (0, ∞), as DINO does (Caron et al. 2021, arXiv:2104.14294).
func ClipEachNorm(params []Param, limit float64) []Param {
	return scaleGrads(params, func(grad *graph.Node) *graph.Node { return clipFactor(graph.L2Norm(grad), limit) })
}

// GlobalNorm is the norm of all gradients together, a scalar. Params must not be empty.
func GlobalNorm(params []Param) *graph.Node {
	var total *graph.Node
	for _, p := range params {
		square := graph.L2NormSquare(p.Grad)
		if total == nil {
			total = square
		} else {
			total = graph.Add(total, square)
		}
	}
	return graph.Sqrt(total)
}

func clipFactor(norm *graph.Node, limit float64) *graph.Node {
	return graph.MinScalar(graph.Div(graph.ConstAs(norm, limit), graph.AddScalar(norm, clipEpsilon)), 1)
}

func scaleGrads(params []Param, factor func(grad *graph.Node) *graph.Node) []Param {
	clipped := make([]Param, len(params))
	for i, p := range params {
		p.Grad = graph.Mul(p.Grad, factor(p.Grad))
		clipped[i] = p
	}
	return clipped
}
