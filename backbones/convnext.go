package backbones

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// ConvNeXtParams are the parameters of the ConvNeXts.
type ConvNeXtParams struct {
	Patch      int     `yaml:"patch_size" range:"[0,inf)"`
	Width      float64 `yaml:"width" range:"(0,16]"`
	LayerScale float64 `yaml:"layer_scale" range:"[0,1]"`
	DropPath   float64 `yaml:"drop_path" range:"[0,1)"`
	Init       string  `yaml:"init" oneof:"torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"torchvision"`
}

// convNeXts returns the factories of the ConvNeXts.
func convNeXts() []Factory {
	const doc = "ConvNeXt-%s (Liu et al.: A ConvNet for the 2020s, CVPR 2022, arXiv:2201.03545): 7x7 convolutions channel by " +
		"channel, layer norm and MLPs with GELU, as torchvision's"
	var factories []Factory
	for _, size := range []struct {
		name   string
		base   int
		blocks []int
	}{
		{"tiny", 96, []int{3, 3, 9, 3}}, {"small", 96, []int{3, 3, 27, 3}}, {"base", 128, []int{3, 3, 27, 3}},
		{"large", 192, []int{3, 3, 27, 3}},
	} {
		build := func(p ConvNeXtParams, inputSize, _ int) (framework.Backbone, error) {
			usual := 4
			if inputSize < 64 {
				usual = 2
			}
			n := &convNeXt{
				patch: cmp.Or(p.Patch, usual), blocks: size.blocks, layerScale: p.LayerScale, dropPath: p.DropPath,
				init: initialization{}.as("trunc-normal-0.02", "").as(p.Init, "torchvision"),
			}
			for i := range size.blocks {
				n.widths = append(n.widths, max(1, int(math.Round(p.Width*float64(size.base<<i)))))
			}
			return n, nil
		}
		factories = append(factories, NewFactory("convnext-"+size.name, fmt.Sprintf(doc, size.name),
			ConvNeXtParams{Width: 1, LayerScale: 1e-6, Init: "torchvision"}, build))
	}
	return factories
}

// convNeXt is a residual network of four stages, with the names of timm.
type convNeXt struct {
	patch                int
	widths, blocks       []int // a stage
	layerScale, dropPath float64
	init                 initialization
}

// FeatureDim is the number of channels of the last stage.
func (n *convNeXt) FeatureDim() int { return n.widths[len(n.widths)-1] }

// Embed works for images of any size.
func (n *convNeXt) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return n.embed(scope, images, unobserved)
}

// EmbedMap implements [framework.MapBackbone]. The features are the norm of the
// mean, as torchvision's; the map has the norm of each place.
func (n *convNeXt) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	x := n.embedMap(scope, images, unobserved)
	head := scope.At("head").At("norm")
	return n.norm(head, nn.GlobalAvgPool(x)), n.norm(head, x)
}

func (n *convNeXt) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	return n.norm(scope.At("head").At("norm"), nn.GlobalAvgPool(n.embedMap(scope, images, observe)))
}

// embedMap is what the last stage makes, [N,h,w,C].
func (n *convNeXt) embedMap(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	x := n.norm(scope.At("stem").At("1"), n.shrink(scope.At("stem").At("0"), images, n.widths[0], n.patch))
	observe("stem", x)
	total, done := 0, 0
	for _, blocks := range n.blocks {
		total += blocks
	}
	for i, blocks := range n.blocks {
		stage := scope.At("stages").At("%d", i)
		if i > 0 {
			down := stage.At("downsample")
			x = n.shrink(down.At("1"), n.norm(down.At("0"), x), n.widths[i], 2)
		}
		for j := range blocks {
			x = n.block(stage.At("blocks").At("%d", j), x, n.dropPath*float64(done)/float64(max(total-1, 1)))
			observe(fmt.Sprintf("stages.%d.blocks.%d", i, j), x)
			done++
		}
	}
	return x
}

func (n *convNeXt) block(scope *model.Scope, x *graph.Node, dropPath float64) *graph.Node {
	width, mlp := x.Shape().Dim(-1), scope.At("mlp")
	linear := nn.LinearConfig{Weight: n.init.linear, Bias: n.init.linearBias}
	y := nn.Conv(scope.At("conv_dw"), x, width, 7, nn.ConvConfig{
		Padding: 3, Groups: width, Weight: n.init.conv, Bias: n.init.linearBias,
	})
	y = n.norm(scope.At("norm"), y)
	y = nn.Linear(mlp.At("fc2"), nn.GELU(nn.Linear(mlp.At("fc1"), y, 4*width, linear)), width, linear)
	if n.layerScale > 0 {
		gamma := nn.Parameter(scope, x.Graph(), "gamma", nn.Constant(n.layerScale), width)
		y = graph.Mul(y, graph.ExpandLeftToRank(gamma, 4))
	}
	return graph.Add(x, nn.DropPath(scope, y, dropPath))
}

func (n *convNeXt) norm(scope *model.Scope, x *graph.Node) *graph.Node {
	return nn.LayerNorm(scope, x, nn.LayerNormConfig{Epsilon: 1e-6})
}

// shrink makes one pixel of every square of that size.
func (n *convNeXt) shrink(scope *model.Scope, x *graph.Node, out, size int) *graph.Node {
	return nn.Conv(
		scope, x, out, size, nn.ConvConfig{Stride: size, Weight: n.init.conv, Bias: n.init.linearBias},
	)
}
