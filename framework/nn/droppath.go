package nn

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// SetRandomState gives the graph the state that its random numbers derive from:
// a graph input of shape graph.RNGStateShape, which the caller changes from
// step to step (see graph.RNGStateFromSeed). Nothing but the state and the
// order of the layers decides what they draw.
func SetRandomState(scope *model.Scope, state *graph.Node) {
	model.SetGraphParam(state.Graph(), "/"+randomKey, state)
}

// DropPath drops the whole branch x [N,...] of a sample with the given
// probability while training and divides what stays by the probability to stay
// (Huang et al. 2016, arXiv:1603.09382). It does nothing in evaluation and below
// [Frozen], [Copy] and [Independent]: a momentum encoder sees whole networks.
// The random numbers come from [SetRandomState].
func DropPath(scope *model.Scope, x *graph.Node, probability float64) *graph.Node {
	defer locate(scope, "drop-path")
	g := x.Graph()
	if probability == 0 || !scope.IsTraining(g) || isFrozen(scope) {
		return x
	}
	if !(probability >= 0 && probability < 1) {
		exceptions.Panicf("the probability to drop is %v: it must be in [0, 1)", probability)
	}
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = x.Shape().Dim(0)
	draws := graph.ConvertDType(DrawUniform(scope, g, dims...), x.DType())
	stays := graph.GreaterOrEqual(draws, graph.Scalar(g, x.DType(), probability))
	return graph.Mul(x, graph.MulScalar(graph.ConvertDType(stays, x.DType()), 1/(1-probability)))
}
