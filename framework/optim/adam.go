package optim

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// Adam scales each weight's step by running moments of its gradient (Kingma &
// Ba 2015, arXiv:1412.6980, algorithm 1), with bias correction and ε outside
// the root as in torch.optim:
//
//	m ← β₁·m + (1-β₁)·g       v ← β₂·v + (1-β₂)·g²
//	w ← w - rate/(1-β₁ᵗ) · m / (√(v/(1-β₂ᵗ)) + ε)
//
// Weight decay is added to the gradient, or with Decoupled taken from the
// weight, w ← w·(1 - rate·decay), before the step: AdamW (Loshchilov & Hutter
// 2019, arXiv:1711.05101).
type Adam struct {
	Beta1, Beta2 float64 // decay rates of the moments, in [0, 1); both 0 are 0.9 and 0.999
	Epsilon      float64 // in (0, ∞); 0 is 1e-8
	Decoupled    bool    // AdamW
}

// Name returns "adam" or "adamw".
func (o Adam) Name() string {
	if o.Decoupled {
		return "adamw"
	}
	return "adam"
}

// Update implements [Optimizer].
func (o Adam) Update(scope *model.Scope, g *graph.Graph, params []Param, hyper Hyper) {
	if o.Beta1 == 0 && o.Beta2 == 0 {
		o.Beta1, o.Beta2 = 0.9, 0.999
	}
	if o.Epsilon == 0 {
		o.Epsilon = 1e-8
	}
	counter := scope.WithInitializer(initializer.Zero).VariableWithShape("steps",
		shapes.Make(dtypes.Int32)).SetTrainable(false)
	shared := o.correction(count(g, counter))
	counter.SetNodeValue(graph.OnePlus(counter.NodeValue(g)))
	for _, p := range params {
		bias := shared
		if p.Active != nil { // counts its own steps
			steps := p.state(scope, "steps", shapes.Make(dtypes.Int32))
			bias = o.correction(count(g, steps))
			p.set(steps, graph.OnePlus(steps.NodeValue(g)))
		}
		o.update(scope, g, p, hyper, bias)
	}
}

func (o Adam) update(scope *model.Scope, g *graph.Graph, p Param, hyper Hyper, bias biasCorrection) {
	value, grad := p.Var.NodeValue(g), p.Grad
	rate, decay := hyper.rate(p.Group), hyper.decay(p.Group)
	if o.Decoupled {
		if decay != nil {
			value = graph.Mul(value, graph.OneMinus(graph.Mul(rate, decay)))
		}
	} else {
		grad = decayed(grad, value, decay)
	}
	first, second := p.state(scope, "moment1", p.Var.Shape()), p.state(scope, "moment2", p.Var.Shape())
	m := graph.Add(graph.MulScalar(first.NodeValue(g), o.Beta1), graph.MulScalar(grad, 1-o.Beta1))
	v := graph.Add(graph.MulScalar(second.NodeValue(g), o.Beta2), graph.MulScalar(graph.Square(grad), 1-o.Beta2))
	p.set(first, m)
	p.set(second, v)
	root := graph.AddScalar(graph.Mul(graph.Sqrt(v), bias.root), o.Epsilon)
	p.set(p.Var, graph.Sub(value, graph.Mul(graph.Mul(rate, bias.first), graph.Div(m, root))))
}

// biasCorrection are 1/(1-β₁ᵗ) and 1/√(1-β₂ᵗ) at step t, scalars.
type biasCorrection struct{ first, root *graph.Node }

func (o Adam) correction(t *graph.Node) biasCorrection {
	// 1-βᵗ as -expm1(t·ln β): in float32 the plain form loses half its digits while t is small.
	rest := func(beta float64) *graph.Node {
		if beta == 0 {
			return graph.OnesLike(t)
		}
		return graph.Neg(graph.Expm1(graph.MulScalar(t, math.Log(beta))))
	}
	return biasCorrection{
		first: graph.Reciprocal(rest(o.Beta1)),
		root:  graph.Reciprocal(graph.Sqrt(rest(o.Beta2))),
	}
}

// count is the number of this step, from 1, as float32.
func count(g *graph.Graph, steps *model.Variable) *graph.Node {
	return graph.ConvertDType(graph.OnePlus(steps.NodeValue(g)), dtypes.Float32)
}
