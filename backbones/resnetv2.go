package backbones

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// ResNetV2Params are the parameters of BiT's ResNets.
type ResNetV2Params struct {
	Stem       string  `yaml:"stem" oneof:"auto,imagenet,cifar"`
	Width      float64 `yaml:"width" range:"(0,16]"`
	NormGroups int     `yaml:"norm_groups" range:"[1,inf)"`
	Init       string  `yaml:"init" oneof:"timm,torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"timm"`
}

// Validate checks what ranges can't.
func (p ResNetV2Params) Validate() error {
	for _, channels := range []int{p.channels(64), p.inner(p.channels(256))} {
		if channels%p.NormGroups != 0 {
			return config.Faultf("norm_groups", "%d groups do not divide the %d channels of the first layers; choose a "+
				"divisor, or another width", p.NormGroups, channels)
		}
	}
	return nil
}

func (p ResNetV2Params) channels(of int) int { return max(1, int(math.Round(p.Width*float64(of)))) }

// inner is the number of channels inside a block.
func (p ResNetV2Params) inner(channels int) int { return divisible(float64(channels) / 4) }

// resNetV2s returns the factories of BiT's ResNets.
func resNetV2s() []Factory {
	const doc = "ResNet-v2-%d of BiT (Kolesnikov et al.: Big Transfer, ECCV 2020, arXiv:1912.11370): normalization before " +
		"convolutions (He et al. 2016, arXiv:1603.05027), by groups of channels, and standardized weights"
	var factories []Factory
	for _, size := range []struct {
		depth  int
		blocks []int
	}{{50, []int{3, 4, 6, 3}}, {101, []int{3, 4, 23, 3}}, {152, []int{3, 8, 36, 3}}} {
		build := func(p ResNetV2Params, inputSize, _ int) (framework.Backbone, error) {
			imagenet := p.Stem == "imagenet" || p.Stem == "auto" && inputSize >= 64
			start := initialization{conv: nn.KaimingNormal}.as(p.Init, "timm")
			return &resNetV2{ResNetV2Params: p, blocks: size.blocks, imagenet: imagenet, init: start}, nil
		}
		factories = append(factories, NewFactory(fmt.Sprintf("resnetv2-%d", size.depth), fmt.Sprintf(doc, size.depth),
			ResNetV2Params{Stem: "auto", Width: 1, NormGroups: 32, Init: "timm"}, build))
	}
	return factories
}

// resNetV2 is a residual network that normalizes before it convolves.
type resNetV2 struct {
	ResNetV2Params
	blocks   []int // a stage
	imagenet bool
	init     initialization
}

// FeatureDim is the number of channels of the last stage.
func (r *resNetV2) FeatureDim() int { return r.channels(256 << (len(r.blocks) - 1)) }

// Embed works for images of any size.
func (r *resNetV2) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return r.embed(scope, images, unobserved)
}

// EmbedMap implements [framework.MapBackbone].
func (r *resNetV2) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	featureMap = r.embedMap(scope, images, unobserved)
	return nn.GlobalAvgPool(featureMap), featureMap
}

func (r *resNetV2) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	return nn.GlobalAvgPool(r.embedMap(scope, images, observe))
}

func (r *resNetV2) embedMap(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	size, stride := 3, 1
	if r.imagenet {
		size, stride = 7, 2
	}
	x := r.conv(scope.At("stem").At("conv"), images, r.channels(64), size, stride)
	observe("stem.conv", x)
	if r.imagenet { // the border of zeros counts, as there is no ReLU before
		x = nn.MaxPool(bordered(x), 3, 2, 0)
	}
	for i, blocks := range r.blocks {
		for j := range blocks {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			block := scope.At("stages").At("%d", i).At("blocks").At("%d", j)
			x = r.block(block, x, r.channels(256<<i), stride, j == 0)
			observe(fmt.Sprintf("stages.%d.blocks.%d", i, j), x)
		}
	}
	x = r.norm(scope.At("norm"), x)
	observe("norm", x)
	return x
}

// bordered surrounds the images x [N,H,W,C] by pixels of zeros.
func bordered(x *graph.Node) *graph.Node {
	for axis := 1; axis <= 2; axis++ {
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = 1
		zeros := graph.Zeros(x.Graph(), shape)
		x = graph.Concatenate([]*graph.Node{zeros, x, zeros}, axis)
	}
	return x
}

// block is a bottleneck; the first of a stage projects its shortcut.
func (r *resNetV2) block(scope *model.Scope, x *graph.Node, out, stride int, projects bool) *graph.Node {
	inner := r.inner(out)
	y := r.norm(scope.At("norm1"), x)
	if projects {
		x = r.conv(scope.At("downsample").At("conv"), y, out, 1, stride)
	}
	y = r.conv(scope.At("conv1"), y, inner, 1, 1)
	y = r.conv(scope.At("conv2"), r.norm(scope.At("norm2"), y), inner, 3, stride)
	y = r.conv(scope.At("conv3"), r.norm(scope.At("norm3"), y), out, 1, 1)
	return graph.Add(x, y)
}

func (r *resNetV2) norm(scope *model.Scope, x *graph.Node) *graph.Node {
	return nn.ReLU(nn.GroupNorm(scope, x, nn.GroupNormConfig{Groups: r.NormGroups}))
}

func (r *resNetV2) conv(scope *model.Scope, x *graph.Node, out, size, stride int) *graph.Node {
	return nn.Conv(scope, x, out, size, nn.ConvConfig{
		Stride: stride, Padding: size / 2, NoBias: true, Weight: r.init.conv, Standardize: 1e-8,
	})
}
