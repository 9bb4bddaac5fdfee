package optim

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// SGD is stochastic gradient descent with momentum and L2 decay (Sutskever et
// al. 2013, in the form of torch.optim.SGD with dampening 0):
//
//	g ← g + decay·w
//	b ← momentum·b + g        (b starts at zero, so that it is g at first)
//	w ← w - rate·b            (Nesterov: rate·(g + momentum·b))
type SGD struct {
	Nesterov bool
}

// Name returns "sgd".
func (SGD) Name() string { return "sgd" }

// Update implements [Optimizer].
func (o SGD) Update(scope *model.Scope, g *graph.Graph, params []Param, hyper Hyper) {
	for _, p := range params {
		value := p.Var.NodeValue(g)
		grad := decayed(p.Grad, value, hyper.decay(p.Group))
		o.descend(scope, p, value, grad, hyper)
	}
}

// descend moves a parameter with momentum along a gradient that has the decay in it.
func (o SGD) descend(scope *model.Scope, p Param, value, grad *graph.Node, hyper Hyper) {
	if hyper.Momentum != nil {
		buffer := p.state(scope, "momentum", p.Var.Shape())
		moved := graph.Add(graph.Mul(hyper.Momentum, buffer.NodeValue(value.Graph())), grad)
		p.set(buffer, moved)
		if o.Nesterov {
			grad = graph.Add(grad, graph.Mul(hyper.Momentum, moved))
		} else {
			grad = moved
		}
	}
	p.set(p.Var, graph.Sub(value, graph.Mul(hyper.rate(p.Group), grad)))
}

// decayed is grad + decay·value.
func decayed(grad, value, decay *graph.Node) *graph.Node {
	if decay == nil {
		return grad
	}
	return graph.Add(grad, graph.Mul(decay, value))
}
