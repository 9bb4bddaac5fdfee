package nn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// DrawUniform draws float32 numbers evenly from [0, 1). They come from
// [SetRandomState], so that they differ from step to step.
func DrawUniform(scope *model.Scope, g *graph.Graph, dims ...int) *graph.Node {
	return drawn(scope, g, graph.RandomUniform, dims)
}

// DrawNormal draws float32 numbers from the standard normal distribution, as [DrawUniform] does.
func DrawNormal(scope *model.Scope, g *graph.Graph, dims ...int) *graph.Node {
	return drawn(scope, g, graph.RandomNormal, dims)
}

func drawn(
	scope *model.Scope, g *graph.Graph, from func(*graph.Node, shapes.Shape) (*graph.Node, *graph.Node), dims []int,
) *graph.Node {
	value, found := model.GetGraphParam(g, "/"+randomKey)
	if !found {
		exceptions.Panicf("there are no random numbers to draw from: call nn.SetRandomState for the graph")
	}
	state, draws := from(value.(*graph.Node), shapes.Make(dtypes.Float32, dims...))
	SetRandomState(scope, state)
	return draws
}
