package backbones

import (
	"strings"

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
func (v *viT) EmbedPatches(scope *model.Scope, images *graph.Node, masking framework.Masking) framework.Tokens {
	var tokens framework.Tokens
	z := v.encode(scope, images, masking, func(stage string, z *graph.Node) {
		if strings.HasPrefix(stage, "blocks.") {
			tokens.Blocks = append(tokens.Blocks, v.patchesOf(z))
		}
	})
	z = nn.LayerNorm(scope.At("norm"), z, nn.LayerNormConfig{Epsilon: v.encoder.block.Epsilon})
	patches := v.patchesOf(z)
	if v.classTokens() == 1 {
		tokens.Class = v.project(scope, graph.Squeeze(graph.Slice(z, graph.AxisRange(), graph.AxisElem(0)), 1))
	}
	switch {
	case v.pooling == "token":
		tokens.Features = tokens.Class
	case masking.Shown != nil:
		tokens.Features = v.project(scope, framework.MeanOfPatches(patches, masking.Shown))
	default:
		tokens.Features = v.project(scope, graph.ReduceMean(patches, 1))
	}
	tokens.Patches = v.project(scope, patches)
	return tokens
}

// EmbedMap implements [framework.MapBackbone].
func (v *viT) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	tokens := v.EmbedPatches(scope, images, framework.Masking{})
	d := images.Shape().Dimensions
	return tokens.Features, graph.Reshape(tokens.Patches, d[0], d[1]/v.patch, d[2]/v.patch, v.FeatureDim())
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

// patchesOf are the tokens of z that are patches.
func (v *viT) patchesOf(z *graph.Node) *graph.Node {
	if v.classTokens()+v.registers == 0 {
		return z
	}
	return graph.Slice(z, graph.AxisRange(), graph.AxisRangeToEnd(v.classTokens()+v.registers))
}

// withRegisters puts the registers between the class token, if there is one, and
// the patches: tokens that are trained and mean no part of an image (Darcet et
// al. 2024, arXiv:2309.16588, §2.2).
func (v *viT) withRegisters(scope *model.Scope, z *graph.Node) *graph.Node {
	registers := nn.Parameter(scope, z.Graph(), "register_tokens", nn.Normal(1e-6), v.registers, v.width)
	class := v.classTokens()
	patches := v.before(graph.Slice(z, graph.AxisRange(), graph.AxisRangeToEnd(class)), registers)
	if class == 0 {
		return patches
	}
	return graph.Concatenate([]*graph.Node{graph.Slice(z, graph.AxisRange(), graph.AxisRangeFromStart(class)), patches}, 1)
}

// keep takes from tokens [N,L,D] the class token and the kept patches, [N,K].
func (v *viT) keep(z, kept *graph.Node) *graph.Node {
	if v.positions == relativePositions {
		exceptions.Panicf(
			"relative positions are those of all patches, and some are left out: use learned-1d, learned-2d or sincos-2d",
		)
	}
	batch, class := z.Shape().Dim(0), v.classTokens()
	at := graph.AddScalar(kept, class)
	if class == 1 {
		at = graph.Concatenate([]*graph.Node{graph.Zeros(z.Graph(), shapes.Make(kept.DType(), batch, 1)), at}, 1)
	}
	return framework.TakePatches(z, at)
}

// visible are the tokens that others may attend to: of the kept patches those shown; nil for all.
func (v *viT) visible(masking framework.Masking) *graph.Node {
	shown, others := masking.Shown, v.classTokens()+v.registers
	if shown == nil || others == 0 {
		return shown
	}
	always := graph.BroadcastToDims(graph.Const(shown.Graph(), true), shown.Shape().Dim(0), others)
	return graph.Concatenate([]*graph.Node{always, shown}, 1)
}

// masked puts the token in the place of masked patches of z [N,L,D].
func (v *viT) masked(z *graph.Node, masking framework.Masking) *graph.Node {
	if masking.Masked == nil {
		return z
	}
	token := graph.BroadcastToDims(graph.Reshape(masking.Token(v.width), 1, 1, v.width), z.Shape().Dimensions...)
	return graph.Where(graph.BroadcastToDims(graph.ExpandAxes(masking.Masked, 2), z.Shape().Dimensions...), token, z)
}
