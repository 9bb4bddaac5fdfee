package backbones

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

const clipPaper = "(Radford et al.: Learning Transferable Visual Models From Natural Language Supervision, ICML " +
	"2021, arXiv:2103.00020)"

// clipTowers returns the factories of CLIP's image and text towers.
func clipTowers() []Factory {
	return []Factory{
		NewFactory("clip-vit",
			"CLIP's vision transformer "+clipPaper+": layer norm before the blocks, QuickGELU, and a projection of the class "+
				"token",
			CLIPViTParams{Width: 192, Layers: 6, Heads: 3, EmbedDim: 128, Activation: "quick-gelu", Init: "clip"}, newCLIPViT),
		NewFactory("clip-vit-b32", "CLIP's ViT-B/32 "+clipPaper+": clip-vit of its published size",
			publishedCLIPViT(32, 768, 12, 512), newCLIPViT),
		NewFactory("clip-vit-b16", "CLIP's ViT-B/16 "+clipPaper+": clip-vit of its published size",
			publishedCLIPViT(16, 768, 12, 512), newCLIPViT),
		NewFactory("clip-vit-l14", "CLIP's ViT-L/14 "+clipPaper+": clip-vit of its published size",
			publishedCLIPViT(14, 1024, 24, 768), newCLIPViT),
		NewFactory("clip-resnet",
			"CLIP's modified ResNet "+clipPaper+": three convolutions first, average pooling before strides, attention "+
				"pooling at the end",
			CLIPResNetParams{Width: 64, Blocks: []int{3, 4, 6, 3}, EmbedDim: 1024, Init: "clip"}, newCLIPResNet),
		clipText(),
	}
}

// publishedCLIPViT are the parameters of a published size, with a head for 64 of width.
func publishedCLIPViT(patch, width, layers, embedDim int) CLIPViTParams {
	return CLIPViTParams{
		Patch: patch, Width: width, Layers: layers, Heads: width / 64, EmbedDim: embedDim,
		Activation: "quick-gelu", Init: "clip",
	}
}

// clipActivation is the activation of that name, OpenAI's if there is none.
func clipActivation(name string) func(*graph.Node) *graph.Node {
	if name == "gelu" {
		return nn.GELU
	}
	return nn.QuickGELU
}

func clipText() Factory {
	text := NewFactory("clip-text",
		"CLIP's text tower "+clipPaper+": a causal transformer whose feature is the projection of the end-of-text token. "+
			"Its inputs are token ids [N,L]; the input size is the context length, the number of channels the size of the "+
			"vocabulary",
		CLIPTextParams{Width: 128, Layers: 4, Heads: 4, EmbedDim: 128, Activation: "quick-gelu", Init: "clip"}, newCLIPText)
	text.Input = Tokens
	return text
}

// NewCLIPText returns the backbone clip-text for texts of at most contextLength
// tokens out of a vocabulary of that size.
func NewCLIPText(params CLIPTextParams, contextLength, vocabulary int) (framework.Backbone, error) {
	return clipText().New(&params, contextLength, vocabulary)
}

// CLIPViTParams are the parameters of CLIP's vision transformer.
type CLIPViTParams struct {
	Patch    int `yaml:"patch_size" range:"[0,inf)"`
	Width    int `yaml:"width" range:"[1,inf)"`
	Layers   int `yaml:"layers" range:"[1,inf)"`
	Heads    int `yaml:"heads" range:"[1,inf)"`
	EmbedDim int `yaml:"embed_dim" range:"[1,inf)"`

	Activation string `yaml:"activation" oneof:"quick-gelu,gelu" omit:"quick-gelu"`
	Init       string `yaml:"init" oneof:"clip,torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"clip"`
}

// Validate checks what ranges can't.
func (p CLIPViTParams) Validate() error { return headsDivide(p.Heads, p.Width) }

func newCLIPViT(p CLIPViTParams, inputSize, _ int) (framework.Backbone, error) {
	patch, err := patchSize(p.Patch, inputSize)
	if err != nil {
		return nil, err
	}
	scaled := nn.Normal(1 / math.Sqrt(float64(p.Width)))
	start := initialization{class: scaled, positions: scaled, projection: scaled}.as(p.Init, "clip")
	return &viT{
		patch: patch, width: p.Width, native: inputSize / patch, pooling: "token", positions: learnedPositions,
		encoder: transformer{
			p.Layers, nn.BlockConfig{
				Heads: p.Heads, Hidden: 4 * p.Width, Epsilon: 1e-5, Activation: clipActivation(p.Activation), Init: start.block,
			},
		},
		init:    start,
		preNorm: true, projectedDim: p.EmbedDim,
	}, nil
}

// CLIPTextParams are the parameters of CLIP's text tower.
type CLIPTextParams struct {
	Width    int `yaml:"width" range:"[1,inf)"`
	Layers   int `yaml:"layers" range:"[1,inf)"`
	Heads    int `yaml:"heads" range:"[1,inf)"`
	EmbedDim int `yaml:"embed_dim" range:"[1,inf)"`

	Activation string `yaml:"activation" oneof:"quick-gelu,gelu" omit:"quick-gelu"`
	Init       string `yaml:"init" oneof:"clip,torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"clip"`
}

// Validate checks what ranges can't.
func (p CLIPTextParams) Validate() error { return headsDivide(p.Heads, p.Width) }

func newCLIPText(p CLIPTextParams, contextLength, vocabulary int) (framework.Backbone, error) {
	width, layers := float64(p.Width), float64(p.Layers)
	into := nn.Normal(1 / math.Sqrt(width))
	outOf := nn.Normal(1 / math.Sqrt(width*2*layers))
	start := initialization{
		vocabulary: nn.Normal(0.02), positions: nn.Normal(0.01), projection: into,
		block: nn.BlockInit{QKV: into, Proj: outOf, FC1: nn.Normal(1 / math.Sqrt(2*width)), FC2: outOf},
	}.as(p.Init, "clip")
	return &textTransformer{
		context: contextLength, vocabulary: vocabulary, width: p.Width, embedDim: p.EmbedDim,
		encoder: transformer{p.Layers, nn.BlockConfig{
			Heads: p.Heads, Hidden: 4 * p.Width, Epsilon: 1e-5, Activation: clipActivation(p.Activation), Causal: true,
			Init: start.block,
		}},
		init: start,
	}, nil
}

// textTransformer is CLIP's text tower.
type textTransformer struct {
	context, vocabulary, width, embedDim int
	encoder                              transformer
	init                                 initialization
}

// FeatureDim is the width of the projection.
func (tt *textTransformer) FeatureDim() int { return tt.embedDim }

// Embed maps token ids [N,L], L at most the context length, to features. The
// feature is that of the token with the highest id: the end of the text.
func (tt *textTransformer) Embed(scope *model.Scope, tokens *graph.Node) *graph.Node {
	return tt.embed(scope, tokens, unobserved)
}

func (tt *textTransformer) embed(scope *model.Scope, tokens *graph.Node, observe observer) *graph.Node {
	length := tokens.Shape().Dim(1)
	if length > tt.context {
		exceptions.Panicf("texts of %d tokens are longer than the context of %d", length, tt.context)
	}
	z := nn.Embedding(scope.At("token_embedding"), tokens, tt.vocabulary, tt.width, tt.init.vocabulary)
	observe("token_embedding", z)
	positions := nn.Parameter(scope, z.Graph(), "pos_embed", tt.init.positions, tt.context, tt.width)
	z = graph.Add(z, graph.InsertAxes(graph.Slice(positions, graph.AxisRange(0, length)), 0))
	z = tt.encoder.apply(scope.At("blocks"), z, observe)
	z = nn.LayerNorm(scope.At("norm"), atEnd(z, tokens), nn.LayerNormConfig{Epsilon: tt.encoder.block.Epsilon})
	observe("norm", z)
	return nn.Projection(scope, z, "proj", tt.embedDim, tt.init.projection)
}

// atEnd picks from z [N,L,D] the vector at each text's highest token id, [N,D].
func atEnd(z, tokens *graph.Node) *graph.Node {
	g, batch := z.Graph(), z.Shape().Dim(0)
	end := graph.ArgMax(tokens, 1, dtypes.Int32) // [N], the first of equals
	text := graph.Iota(g, end.Shape(), 0)
	return graph.Gather(
		z, graph.Concatenate([]*graph.Node{graph.Reshape(text, batch, 1), graph.Reshape(end, batch, 1)}, 1),
	)
}

func headsDivide(heads, width int) error {
	if heads > 0 && width%heads != 0 {
		return config.Faultf("heads", "%d heads do not divide the width %d", heads, width)
	}
	return nil
}
