package backbones

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// ViTParams are the parameters of the vision transformers.
type ViTParams struct {
	Patch                int     `yaml:"patch_size" range:"[0,inf)"`
	Width                int     `yaml:"width" range:"[1,inf)"`
	Layers               int     `yaml:"layers" range:"[1,inf)"`
	Heads                int     `yaml:"heads" range:"[1,inf)"`
	MLPRatio             float64 `yaml:"mlp_ratio" range:"(0,64]"`
	Pooling              string  `yaml:"pooling" oneof:"token,mean,mean-without-token"`
	Positions            string  `yaml:"positions" oneof:"none,learned-1d,learned-2d,relative,sincos-2d"`
	DropPath             float64 `yaml:"drop_path" range:"[0,1)"`
	FreezePatchEmbedding bool    `yaml:"freeze_patch_embedding"`
	Init                 string  `yaml:"init" oneof:"timm,mocov3"`
}

// Validate checks what ranges can't.
func (p ViTParams) Validate() error {
	faults := []error{headsDivide(p.Heads, p.Width)}
	if p.hidden() < 1 {
		faults = append(faults, config.Faultf("mlp_ratio", "%g of a width of %d leaves the MLP no hidden unit; choose a larger ratio", p.MLPRatio, p.Width))
	}
	if p.Positions == sincosPositions && p.Width%4 != 0 {
		faults = append(faults, config.Faultf("positions", "sincos-2d needs a width that 4 divides, not %d", p.Width))
	}
	if p.Positions == learnedPositions2D && p.Width%2 != 0 {
		faults = append(faults, config.Faultf("positions", "learned-2d needs an even width, not %d", p.Width))
	}
	return errors.Join(faults...)
}

// hidden is the width of the MLP's hidden layer.
func (p ViTParams) hidden() int { return int(math.Round(p.MLPRatio * float64(p.Width))) }

// viTs returns the factories of the vision transformers.
func viTs() []Factory {
	const doc = "%s (Dosovitskiy et al.: An Image is Worth 16x16 Words, ICLR 2021, arXiv:2010.11929)"
	var factories []Factory
	for _, size := range []struct {
		name, doc            string
		width, layers, heads int
	}{
		{"vit", "vision transformer of any size, small by default", 192, 6, 3},
		{"vit-ti", "ViT-Ti (of DeiT, Touvron et al. 2021, arXiv:2012.12877), a vision transformer", 192, 12, 3},
		{"vit-s", "ViT-S (of DeiT, Touvron et al. 2021, arXiv:2012.12877), a vision transformer", 384, 12, 6},
		{"vit-b", "ViT-B, a vision transformer", 768, 12, 12},
		{"vit-l", "ViT-L, a vision transformer", 1024, 24, 16},
	} {
		defaults := ViTParams{
			Width: size.width, Layers: size.layers, Heads: size.heads, MLPRatio: 4,
			Pooling: "token", Positions: learnedPositions, Init: "timm",
		}
		factories = append(factories, NewFactory(size.name, fmt.Sprintf(doc, size.doc), defaults, newViT))
	}
	return factories
}

func newViT(p ViTParams, inputSize, _ int) (framework.Backbone, error) {
	patch, err := patchSize(p.Patch, inputSize)
	if err != nil {
		return nil, err
	}
	v := &viT{
		patch: patch, width: p.Width, native: inputSize / patch, pooling: p.Pooling, positions: p.Positions,
		frozenPatch: p.FreezePatchEmbedding,
		encoder: transformer{
			layers: p.Layers, heads: p.Heads, hidden: p.hidden(),
			epsilon: 1e-6, activation: nn.GELU, relative: p.Positions == relativePositions, dropPath: p.DropPath,
		},
		init: timmInit,
	}
	v.encoder.init = timmBlocks
	if p.Init == "mocov3" {
		v.init, v.encoder.init = mocov3Init, mocov3Blocks
	}
	return v, nil
}

// patchSize is the side of the patches; 0 leaves it to the size of the images.
func patchSize(patch, inputSize int) (int, error) {
	if patch == 0 {
		patch = 16
		if inputSize < 64 {
			patch = 4
		}
	}
	if inputSize%patch != 0 {
		return 0, fmt.Errorf("patch_size: patches of %d pixels do not divide images of %d; choose a divisor", patch, inputSize)
	}
	return patch, nil
}

// viTInit says how the weights outside the blocks start; nil is PyTorch's default.
type viTInit struct{ patch, patchBias, class, positions, projection nn.Init }

// How weights start in DINO's vision transformer, after timm, and in MoCo v3's.
// The latter draws a patch embedding as the matrix it is, [patch pixels, width].
var (
	timmInit     = viTInit{class: nn.TruncatedNormal(0.02), positions: nn.TruncatedNormal(0.02)}
	timmBlocks   = transformerInit{nn.TruncatedNormal(0.02), nn.TruncatedNormal(0.02), nn.TruncatedNormal(0.02), nn.TruncatedNormal(0.02), nn.Zeros}
	mocov3Init   = viTInit{patch: patchXavier, patchBias: nn.Zeros, class: nn.Normal(1e-6), positions: nn.TruncatedNormal(0.02)}
	mocov3Blocks = transformerInit{nn.XavierUniform(3), nn.XavierUniform(1), nn.XavierUniform(1), nn.XavierUniform(1), nn.Zeros}
)

// viT is a vision transformer.
type viT struct {
	patch, width, native int // native: patches a side of the images it is made for
	pooling, positions   string
	frozenPatch          bool
	encoder              transformer
	init                 viTInit

	// What CLIP's image tower has besides.
	preNorm      bool // a layer norm before the blocks; no bias in the patch embedding
	projectedDim int  // the width of the features after a projection; 0 for none
}

// FeatureDim is the width of the tokens, or of their projection in CLIP's tower.
func (v *viT) FeatureDim() int {
	if v.projectedDim > 0 {
		return v.projectedDim
	}
	return v.width
}

// Embed works for images of any size that has at least one patch.
func (v *viT) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return v.embed(scope, images, unobserved)
}

func (v *viT) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	z := v.encode(scope, images, framework.Masking{}, observe)
	if v.pooling == "token" {
		z = graph.Squeeze(graph.Slice(z, graph.AxisRange(), graph.AxisElem(0)), 1)
	}
	z = nn.LayerNorm(scope.At("norm"), z, nn.LayerNormConfig{Epsilon: v.encoder.epsilon})
	observe("norm", z)
	switch v.pooling {
	case "mean":
		z = graph.ReduceMean(graph.Slice(z, graph.AxisRange(), graph.AxisRangeToEnd(1)), 1)
	case "mean-without-token":
		z = graph.ReduceMean(z, 1)
	}
	return v.project(scope, z)
}

// encode returns the tokens [N,L,width] after the blocks, a class token first if
// there is one.
func (v *viT) encode(scope *model.Scope, images *graph.Node, masking framework.Masking, observe observer) *graph.Node {
	patches := v.embedPatches(scope.At("patch_embed").At("proj"), images)
	observe("patch_embed", patches)
	batch, rows, columns := patches.Shape().Dim(0), patches.Shape().Dim(1), patches.Shape().Dim(2)
	z := v.masked(graph.Reshape(patches, batch, rows*columns, v.width), masking)
	if v.pooling != "mean-without-token" {
		class := nn.Parameter(scope, z.Graph(), "cls_token", v.init.class, v.width)
		z = graph.Concatenate([]*graph.Node{graph.BroadcastToDims(graph.Reshape(class, 1, 1, v.width), batch, 1, v.width), z}, 1)
	}
	z = addPositions(scope, v.positions, z, rows, columns, v.native, v.init.positions)
	if masking.Kept != nil {
		z = v.keep(z, masking.Kept)
	}
	observe("tokens", z)
	if v.preNorm {
		z = nn.LayerNorm(scope.At("norm_pre"), z, nn.LayerNormConfig{Epsilon: v.encoder.epsilon})
		observe("norm_pre", z)
	}
	return v.encoder.apply(scope.At("blocks"), z, observe)
}

// embedPatches maps images to patches [N,rows,columns,width].
func (v *viT) embedPatches(scope *model.Scope, images *graph.Node) *graph.Node {
	if h, w := images.Shape().Dim(1), images.Shape().Dim(2); h < v.patch || w < v.patch {
		exceptions.Panicf("images of %d×%d pixels have no patch of %d×%d: use larger images or smaller patches", h, w, v.patch, v.patch)
	}
	if v.frozenPatch {
		nn.Frozen(scope)
	}
	return nn.Conv(scope, images, v.width, v.patch, nn.ConvConfig{
		Stride: v.patch, NoBias: v.preNorm, Weight: v.init.patch, Bias: v.init.patchBias,
	})
}

// patchXavier draws the patch embedding as the linear layer that it is.
func patchXavier(stream *random.Stream, into []float32, dims []int) {
	fanIn := dims[0] * dims[1] * dims[2]
	nn.XavierUniform(1)(stream, into, []int{fanIn, dims[3]})
}
