package backbones

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Patches implements [framework.PatchBackbone].
func (v *viT) Patches(height, width int) int { return (height / v.patch) * (width / v.patch) }

// EmbedPatches implements [framework.PatchBackbone]: patches get their positions
// before others are left out.
func (v *viT) EmbedPatches(scope *model.Scope, images, kept *graph.Node) (features, patches *graph.Node) {
	z := v.encode(scope, images, kept, unobserved)
	z = nn.LayerNorm(scope.At("norm"), z, nn.LayerNormConfig{Epsilon: v.encoder.epsilon})
	patches = graph.Slice(z, graph.AxisRange(), graph.AxisRangeToEnd(v.classTokens()))
	if v.pooling == "token" {
		features = graph.Squeeze(graph.Slice(z, graph.AxisRange(), graph.AxisElem(0)), 1)
	} else {
		features = graph.ReduceMean(patches, 1)
	}
	return v.project(scope, features), v.project(scope, patches)
}

// project maps features [...,width] to the space of CLIP's tower, if it is one.
func (v *viT) project(scope *model.Scope, z *graph.Node) *graph.Node {
	if v.projectedDim == 0 {
		return z
	}
	return nn.Projection(scope, z, "proj", v.projectedDim, v.init.projection)
}

// classTokens is 1 with a class token, else 0.
func (v *viT) classTokens() int {
	if v.pooling == "mean-without-token" {
		return 0
	}
	return 1
}

// keep takes from tokens [N,L,D] the class token and the kept patches, [N,K].
func (v *viT) keep(z, kept *graph.Node) *graph.Node {
	if v.positions == relativePositions {
		exceptions.Panicf("relative positions are those of all patches, and some are left out: use learned-1d, learned-2d or sincos-2d")
	}
	batch, length := z.Shape().Dim(0), z.Shape().Dim(1)
	class := v.classTokens()
	at := graph.AddScalar(kept, class)
	if class == 1 {
		at = graph.Concatenate([]*graph.Node{graph.Zeros(z.Graph(), shapes.Make(kept.DType(), batch, 1)), at}, 1)
	}
	row := graph.MulScalar(graph.Iota(z.Graph(), at.Shape(), 0), length)
	return graph.Gather(graph.Reshape(z, batch*length, v.width), graph.ExpandAxes(graph.Add(row, at), -1))
}
