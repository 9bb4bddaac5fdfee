package backbones

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// ViTParams are the parameters of the vision transformers.
type ViTParams struct {
	Patch                int     `yaml:"patch_size" range:"[0,inf)"`
	Width                int     `yaml:"width" range:"[1,inf)"`
	Layers               int     `yaml:"layers" range:"[1,inf)"`
	Heads                int     `yaml:"heads" range:"[1,inf)"`
	MLPRatio             float64 `yaml:"mlp_ratio" range:"(0,64]"`
	MLP                  string  `yaml:"mlp" oneof:"gelu,swiglu" omit:"gelu"`
	Pooling              string  `yaml:"pooling" oneof:"token,mean,mean-without-token"`
	Registers            int     `yaml:"registers" range:"[0,1024]"`
	Positions            string  `yaml:"positions" oneof:"none,learned-1d,learned-2d,relative,sincos-2d,rotary-2d"`
	LayerScale           float64 `yaml:"layer_scale" range:"[0,1]"`
	DropPath             float64 `yaml:"drop_path" range:"[0,1)"`
	Epsilon              float64 `yaml:"epsilon" range:"[0,1]" omit:"1e-06"`
	FreezePatchEmbedding bool    `yaml:"freeze_patch_embedding"`
	Init                 string  `yaml:"init" oneof:"timm,mocov3,torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit"`
}

// Validate checks what ranges can't.
func (p ViTParams) Validate() error {
	faults := []error{headsDivide(p.Heads, p.Width)}
	if p.hidden() < 1 {
		faults = append(
			faults, config.Faultf("mlp_ratio", "%g of a width of %d leaves the MLP no hidden unit; choose a larger ratio",
				p.MLPRatio, p.Width),
		)
	}
	if p.Positions == sincosPositions && p.Width%4 != 0 {
		faults = append(faults, config.Faultf("positions", "sincos-2d needs a width that 4 divides, not %d", p.Width))
	}
	if p.Positions == learnedPositions2D && p.Width%2 != 0 {
		faults = append(faults, config.Faultf("positions", "learned-2d needs an even width, not %d", p.Width))
	}
	if p.Positions == rotaryPositions && p.Heads > 0 && p.Width%(4*p.Heads) != 0 {
		faults = append(faults, config.Faultf("positions", "rotary-2d needs heads whose width 4 divides, not %d over %d heads",
			p.Width, p.Heads))
	}
	if p.Registers > 0 && p.Positions == relativePositions {
		faults = append(
			faults, config.Faultf(
				"registers", "registers have no place among relative positions; choose others, or 0 registers",
			),
		)
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
		{"vit-b", "ViT-B, also DeiT's, a vision transformer", 768, 12, 12},
		{"vit-l", "ViT-L, a vision transformer", 1024, 24, 16},
		{"vit-h", "ViT-H, a vision transformer", 1280, 32, 16},
		{"vit-g", "ViT-g (of DINOv2, Oquab et al. 2023, arXiv:2304.07193, whose MLPs are swiglu with a ratio of 8/3), a " +
			"vision transformer", 1536, 40, 24},
	} {
		defaults := ViTParams{
			Width: size.width, Layers: size.layers, Heads: size.heads, MLPRatio: 4, MLP: "gelu",
			Pooling: "token", Positions: learnedPositions, Epsilon: 1e-6, Init: "timm",
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
	start := timmInit.as(p.Init, "timm")
	if p.Init == "mocov3" {
		start = mocov3Init
	}
	v := &viT{
		patch: patch, width: p.Width, native: inputSize / patch, pooling: p.Pooling, positions: p.Positions,
		registers: p.Registers, frozenPatch: p.FreezePatchEmbedding,
		encoder: transformer{p.Layers, nn.BlockConfig{
			Heads: p.Heads, Hidden: p.hidden(), Epsilon: cmp.Or(p.Epsilon, 1e-6), Activation: nn.GELU,
			Relative: p.Positions == relativePositions, DropPath: p.DropPath, LayerScale: p.LayerScale, Init: start.block,
		}},
		init: start,
	}
	if p.MLP == "swiglu" {
		v.encoder.block.Activation, v.encoder.block.Gated = nn.SiLU, true
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
		return 0, fmt.Errorf("patch_size: patches of %d pixels do not divide images of %d; choose a divisor",
			patch, inputSize)
	}
	return patch, nil
}

// viT is a vision transformer.
type viT struct {
	patch, width, native int // native: patches a side of the images it is made for
	pooling, positions   string
	registers            int
	frozenPatch          bool
	encoder              transformer
	init                 initialization

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
	z = nn.LayerNorm(scope.At("norm"), z, nn.LayerNormConfig{Epsilon: v.encoder.block.Epsilon})
	observe("norm", z)
	if v.pooling != "token" {
		z = graph.ReduceMean(v.patchesOf(z), 1)
	}
	return v.project(scope, z)
}

// encode returns the tokens [N,L,width] after the blocks: the class token if
// there is one, the registers, the patches.
func (v *viT) encode(scope *model.Scope, images *graph.Node, masking framework.Masking, observe observer) *graph.Node {
	patches := v.embedPatches(scope.At("patch_embed").At("proj"), images)
	observe("patch_embed", patches)
	batch, rows, columns := patches.Shape().Dim(0), patches.Shape().Dim(1), patches.Shape().Dim(2)
	z := v.masked(graph.Reshape(patches, batch, rows*columns, v.width), masking)
	if v.classTokens() == 1 {
		z = v.before(z, nn.Parameter(scope, z.Graph(), "cls_token", v.init.class, v.width))
	}
	z = addPositions(scope, v.positions, z, rows, columns, v.native, v.init.positions)
	if masking.Kept != nil {
		z = v.keep(z, masking.Kept)
	}
	if v.registers > 0 {
		z = v.withRegisters(scope, z)
	}
	observe("tokens", z)
	if v.preNorm {
		z = nn.LayerNorm(scope.At("norm_pre"), z, nn.LayerNormConfig{Epsilon: v.encoder.block.Epsilon})
		observe("norm_pre", z)
	}
	encoder := v.encoder
	encoder.block.Visible = v.visible(masking)
	encoder.block.Rotary = v.rotary(z.Graph(), rows, columns, masking.Kept)
	return encoder.apply(scope.At("blocks"), z, observe)
}

// rotary has what turns the patches of a grid, or of each image those that are
// kept, [N,K]; nil for other positions.
func (v *viT) rotary(g *graph.Graph, rows, columns int, kept *graph.Node) *nn.Rotation {
	if v.positions != rotaryPositions {
		return nil
	}
	width := v.width / v.encoder.block.Heads
	r := nn.Rotate2D(g, rows, columns, width)
	if kept != nil {
		of := func(table *graph.Node) *graph.Node {
			rows := graph.Gather(graph.Reshape(table, -1, width), graph.InsertAxes(kept, -1))
			return graph.InsertAxes(rows, 2)
		}
		r.Sines, r.Cosines = of(r.Sines), of(r.Cosines)
	}
	return r
}

// before puts a token [width] before those of z [N,L,width], or several, [R,width].
func (v *viT) before(z, tokens *graph.Node) *graph.Node {
	batch, count := z.Shape().Dim(0), tokens.Shape().Size()/v.width
	same := graph.BroadcastToDims(graph.Reshape(tokens, 1, count, v.width), batch, count, v.width)
	return graph.Concatenate([]*graph.Node{same, z}, 1)
}

// embedPatches maps images to patches [N,rows,columns,width].
func (v *viT) embedPatches(scope *model.Scope, images *graph.Node) *graph.Node {
	if h, w := images.Shape().Dim(1), images.Shape().Dim(2); h < v.patch || w < v.patch {
		exceptions.Panicf("images of %d×%d pixels have no patch of %d×%d: use larger images or smaller patches",
			h, w, v.patch, v.patch)
	}
	if v.frozenPatch {
		nn.Frozen(scope)
	}
	return nn.Conv(scope, images, v.width, v.patch, nn.ConvConfig{
		Stride: v.patch, NoBias: v.preNorm, Weight: v.init.patch, Bias: v.init.patchBias,
	})
}
