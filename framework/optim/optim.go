// Package optim updates parameters: the optimizers of contrastive learning as
// parts of the step's graph, gradient clipping, and the schedules of what
// changes during training.
//
// Everything that changes (learning rate, weight decay, momentum) is a scalar
// node and may be an input of the graph; nothing is recompiled when it does.
// Formulas follow PyTorch's, whose conventions the published hyperparameters
// assume: the learning rate stands outside the momentum buffer.
package optim

import (
	"path"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// Optimizer moves parameters against their gradients.
type Optimizer interface {
	// Name is the optimizer's name in a configuration.
	Name() string
	// Update builds the update of the parameters into graph g. What it keeps
	// between steps lies in variables under scope, which start at zero.
	Update(scope *model.Scope, g *graph.Graph, params []Param, hyper Hyper)
}

// Param is a parameter and its gradient.
type Param struct {
	Var  *model.Variable
	Grad *graph.Node // of the parameter's shape
	Group
	Part Part // what the method marked it as
	// Active is a scalar bool: in steps where it is false the parameter and all
	// that the optimizer keeps for it stay as they are, as if it had no gradient
	// (SwAV's prototypes and DINO's last layer at first). nil is always active.
	Active *graph.Node
}

// Hyper are the scalars of one step, float32.
type Hyper struct {
	LR          *graph.Node // the learning rate by its schedule
	BaseLR      *graph.Node // the learning rate of groups with FixedLR; nil if there are none
	WeightDecay *graph.Node // nil is none
	Momentum    *graph.Node // SGD, LARS; nil is none
}

// rate is the learning rate of a group.
func (h Hyper) rate(group Group) *graph.Node {
	rate := h.LR
	if group.FixedLR {
		rate = h.BaseLR
	}
	if group.LRScale != 0 && group.LRScale != 1 {
		rate = graph.MulScalar(rate, group.LRScale)
	}
	return rate
}

// decay is the weight decay of a group, nil for none.
func (h Hyper) decay(group Group) *graph.Node {
	if group.NoDecay {
		return nil
	}
	return h.WeightDecay
}

// Param.set stores the new value of the parameter or of a variable that goes
// with it, unless the parameter is not active.
func (p Param) set(v *model.Variable, value *graph.Node) {
	if p.Active != nil {
		active := graph.BroadcastToDims(p.Active, value.Shape().Dimensions...)
		value = graph.Where(active, value, v.NodeValue(value.Graph()))
	}
	v.SetNodeValue(value)
}

// state is a variable of the optimizer for a parameter, zero at first. It lies
// at scope/kind/<path of the parameter>.
func (p Param) state(scope *model.Scope, kind string, shape shapes.Shape) *model.Variable {
	at := scope.Store().Scope(path.Join(scope.Scope(), kind, p.Var.Scope()))
	return at.WithInitializer(initializer.Zero).VariableWithShape(p.Var.Name(), shape).SetTrainable(false)
}

// EMA moves targets toward sources, v ← m·v + (1-m)·w, for each pair of
// variables of one shape: a momentum encoder (He et al. 2020, arXiv:1911.05722, eq. 2). The
// momentum is a scalar in [0, 1]. Sources count as they are in the graph at
// the call, so that it matters whether the optimizer came before.
func EMA(g *graph.Graph, targets, sources []*model.Variable, momentum *graph.Node) {
	for i, target := range targets {
		kept := graph.Mul(momentum, target.NodeValue(g))
		taken := graph.Mul(graph.OneMinus(momentum), graph.StopGradient(sources[i].NodeValue(g)))
		target.SetNodeValue(graph.Add(kept, taken))
	}
}
