package optim

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LARSForm is one of the two published formulas of LARS. They differ in
// whether the weight decay is within the norm of the gradient.
type LARSForm string

const (
	// LARSPaper is the paper's: the ratio is trust·‖w‖ / (‖g‖ + decay·‖w‖ + 1e-8)
	// and scales g + decay·w (You et al. 2017, arXiv:1708.03888, algorithm 1; lightly,
	// solo-learn, NVIDIA's LARC). A tensor or gradient that is zero is neither
	// scaled nor decayed.
	LARSPaper LARSForm = "paper"
	// LARSDecayed has the decay in the gradient first, g ← g + decay·w, and the
	// ratio is trust·‖w‖ / ‖g‖, 1 where a norm is zero (google-research/simclr,
	// moco-v3, barlowtwins, dino, vicreg).
	LARSDecayed LARSForm = "decayed"
)

const larsEpsilon = 1e-8

// LARS is layer-wise adaptive rate scaling: SGD with momentum where each
// tensor's gradient is scaled by a trust ratio (You et al. 2017,
// arXiv:1708.03888). Parameters of a group with NoAdapt get plain SGD.
//
// LARC of NVIDIA's apex, which SwAV trains with, is the form [LARSPaper] for
// all parameters, biases included.
type LARS struct {
	Form LARSForm // "" is LARSPaper
	// Trust is the coefficient of the ratio (η in the paper), in (0, ∞).
	Trust float64
	// Clip limits the product of ratio and learning rate to the learning rate,
	// so that LARS never goes faster than SGD (solo-learn's clip_lr, apex's clip).
	Clip     bool
	Nesterov bool
}

// Name returns "lars", or "lars-mocov3" for the form [LARSDecayed].
func (o LARS) Name() string {
	if o.Form == LARSDecayed {
		return "lars-mocov3"
	}
	return "lars"
}

// Update implements [Optimizer].
func (o LARS) Update(scope *model.Scope, g *graph.Graph, params []Param, hyper Hyper) {
	sgd := SGD{Nesterov: o.Nesterov}
	for _, p := range params {
		value, decay := p.Var.NodeValue(g), hyper.decay(p.Group)
		grad := p.Grad
		switch {
		case p.NoAdapt:
			grad = decayed(grad, value, decay)
		case o.Form == LARSDecayed:
			grad = decayed(grad, value, decay)
			ratio, _ := o.ratio(value, grad, nil, hyper.rate(p.Group))
			grad = graph.Mul(ratio, grad)
		default:
			ratio, adapts := o.ratio(value, grad, decay, hyper.rate(p.Group))
			if decay != nil {
				decay = graph.Where(adapts, decay, graph.ZerosLike(decay))
			}
			grad = graph.Mul(ratio, decayed(grad, value, decay))
		}
		sgd.descend(scope, p, value, grad, hyper)
	}
}

// ratio is the trust ratio of a tensor, 1 where adapts is false because a norm is zero.
func (o LARS) ratio(value, grad, decay, rate *graph.Node) (ratio, adapts *graph.Node) {
	ofValue, ofGrad := graph.L2Norm(value), graph.L2Norm(grad)
	denominator := ofGrad
	if o.Form != LARSDecayed {
		denominator = graph.AddScalar(decayed(ofGrad, ofValue, decay), larsEpsilon)
	}
	adapts = graph.LogicalAnd(graph.IsPositive(ofValue), graph.IsPositive(ofGrad))
	one := graph.OnesLike(ofValue)
	ratio = graph.MulScalar(graph.Div(ofValue, graph.Where(adapts, denominator, one)), o.Trust)
	if o.Clip {
		ratio = graph.Min(graph.Div(ratio, rate), one)
	}
	return graph.Where(adapts, ratio, one), adapts
}
