package backbones

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// PatchSize implements [framework.PatchBackbone].
func (v *viT) PatchSize() int { return v.patch }

// EmbedPatches implements [framework.PatchBackbone]: patches get their positions
// before others are left out.
func (v *viT) EmbedPatches(scope *model.Scope, images *graph.Node, masking framework.Masking) (features, patches *graph.Node) {
	z := v.encode(scope, images, masking, unobserved)
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
	batch, class := z.Shape().Dim(0), v.classTokens()
	at := graph.AddScalar(kept, class)
	if class == 1 {
		at = graph.Concatenate([]*graph.Node{graph.Zeros(z.Graph(), shapes.Make(kept.DType(), batch, 1)), at}, 1)
	}
	return framework.TakePatches(z, at)
}

// masked puts the token in the place of masked patches of z [N,L,D].
func (v *viT) masked(z *graph.Node, masking framework.Masking) *graph.Node {
	if masking.Masked == nil {
		return z
	}
	g, batch, length := z.Graph(), z.Shape().Dim(0), z.Shape().Dim(1)
	each := shapes.Make(masking.Masked.DType(), batch, length, masking.Masked.Shape().Dim(1))
	numbers := graph.BroadcastToDims(graph.ExpandAxes(masking.Masked, 1), each.Dimensions...)
	hits := graph.ReduceLogicalOr(graph.Equal(graph.Iota(g, each, 1), numbers), 2)
	token := graph.BroadcastToDims(graph.Reshape(masking.Token(v.width), 1, 1, v.width), z.Shape().Dimensions...)
	return graph.Where(graph.BroadcastToDims(graph.ExpandAxes(hits, 2), z.Shape().Dimensions...), token, z)
}
