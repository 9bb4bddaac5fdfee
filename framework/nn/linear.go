package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LinearConfig says how a linear layer starts. The zero value is PyTorch's default.
type LinearConfig struct {
	NoBias bool
	Weight Init // nil: KaimingUniform(√5)
	Bias   Init // nil: uniform on ±1/√in
}

// Linear maps x [..., in] to x·weight + bias, [..., out]. Variables: weight [in,out], bias [out].
func Linear(scope *model.Scope, x *graph.Node, out int, cfg LinearConfig) *graph.Node {
	defer locate(scope, "linear")
	in := x.Shape().Dim(-1)
	weight := Parameter(scope, x.Graph(), "weight", orDefault(cfg.Weight, KaimingUniform(math.Sqrt(5))), in, out)
	y := project(x, weight)
	if cfg.NoBias {
		return y
	}
	bias := Parameter(scope, x.Graph(), "bias", orDefault(cfg.Bias, Uniform(1/math.Sqrt(float64(in)))), out)
	return addBias(y, bias)
}

// Projection maps x [..., in] to x·P, [..., out], with the parameter P [in,out]
// of that name in the scope: the bare matrices of CLIP.
func Projection(scope *model.Scope, x *graph.Node, name string, out int, init Init) *graph.Node {
	defer locate(scope, "projection")
	return project(x, Parameter(scope, x.Graph(), name, init, x.Shape().Dim(-1), out))
}

// WeightNormLinear maps x [N,in] to x·w without bias, where column j of w is
// scale_j·v_j/‖v_j‖ (Salimans and Kingma 2016, arXiv:1602.07868). Variables:
// weight_v [in,out] and weight_g [out], which starts at 1 and, if fixed, stays
// there, as in DINO's last layer. The initial value of weight_v is init; nil is
// PyTorch's default for linear layers.
func WeightNormLinear(scope *model.Scope, x *graph.Node, out int, fixed bool, init Init) *graph.Node {
	defer locate(scope, "weight norm linear")
	g, in := x.Graph(), x.Shape().Dim(-1)
	v := Parameter(scope, g, "weight_v", orDefault(init, KaimingUniform(math.Sqrt(5))), in, out)
	scale := Parameter(scope, g, "weight_g", Ones, out)
	if fixed {
		scope.GetVariable("weight_g").SetTrainable(false)
	}
	norm := graph.Sqrt(graph.ReduceAndKeep(graph.Square(v), graph.ReduceSum, 0))
	return project(x, graph.Mul(graph.Div(v, norm), graph.Reshape(scale, 1, out)))
}

// Embedding looks up the rows of a table for the ids, integers in [0, size):
// [...] becomes [..., width]. Variable: weight [size,width].
func Embedding(scope *model.Scope, ids *graph.Node, size, width int, init Init) *graph.Node {
	defer locate(scope, "embedding")
	table := Parameter(scope, ids.Graph(), "weight", init, size, width)
	return graph.Gather(table, graph.InsertAxes(ids, -1))
}

// project multiplies the last axis of x with the weight [in,out].
func project(x, weight *graph.Node) *graph.Node {
	dims := x.Shape().Clone().Dimensions
	last := len(dims) - 1
	flat := graph.DotProduct(graph.Reshape(x, -1, dims[last]), weight)
	dims[last] = weight.Shape().Dim(1)
	return graph.Reshape(flat, dims...)
}

// addBias adds a vector along the last axis.
func addBias(x, bias *graph.Node) *graph.Node {
	return graph.Add(x, graph.ExpandLeftToRank(bias, x.Rank()))
}

func orDefault(init, otherwise Init) Init {
	if init == nil {
		return otherwise
	}
	return init
}
