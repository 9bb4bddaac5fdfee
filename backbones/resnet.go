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

// ResNetParams are the parameters of ResNet-18 to ResNet-152.
type ResNetParams struct {
	Stem             string  `yaml:"stem" oneof:"auto,imagenet,cifar,cifar-padding-2"`
	Width            float64 `yaml:"width" range:"(0,16]"`
	ZeroInitResidual bool    `yaml:"zero_init_residual"`
	Init             string  `yaml:"init" oneof:"torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"torchvision"`
}

// BottleneckParams are the parameters of ResNet-50, -101 and -152.
type BottleneckParams struct {
	ResNetParams `yaml:",inline"`

	SelectiveKernels bool `yaml:"selective_kernels"`
	Groups           int  `yaml:"groups" range:"[1,inf)" omit:"1"`
	GroupWidth       int  `yaml:"group_width" range:"[1,inf)" omit:"64"`
}

// Validate checks what ranges can't.
func (p BottleneckParams) Validate() error {
	if p.SelectiveKernels && (p.Groups != 1 || p.GroupWidth != usualGroupWidth) {
		return config.Faultf("selective_kernels", "selective kernels know no groups; leave groups at 1 and group_width at %d",
			usualGroupWidth)
	}
	return nil
}

// usualGroupWidth is the group_width of a ResNet.
const usualGroupWidth = 64

// observer is told of intermediate outputs by the reference's names.
type observer func(name string, node *graph.Node)

func unobserved(string, *graph.Node) {}

// resNets returns the factories of the ResNets for ImageNet.
func resNets() []Factory {
	const doc = "ResNet-%d (He, Zhang, Ren and Sun: Deep Residual Learning for Image Recognition, CVPR 2016, " +
		"arXiv:1512.03385), %s; as torchvision's, convolutions start Kaiming-normal by fan-out"
	defaults := ResNetParams{Stem: "auto", Width: 1, Init: "torchvision"}
	var factories []Factory
	for _, kind := range []struct {
		depth  int
		block  blockKind
		blocks []int
	}{
		{18, basicBlock, []int{2, 2, 2, 2}},
		{34, basicBlock, []int{3, 4, 6, 3}},
		{50, bottleneck, []int{3, 4, 6, 3}},
		{101, bottleneck, []int{3, 4, 23, 3}},
		{152, bottleneck, []int{3, 8, 36, 3}},
	} {
		build := func(p BottleneckParams, inputSize, _ int) (framework.Backbone, error) {
			return &resNet{
				stem: p.stem(inputSize), block: kind.block, blocks: kind.blocks, base: 64, width: p.Width,
				variant: variant{
					zeroInit: p.ZeroInitResidual, selective: p.SelectiveKernels, groups: p.Groups, groupWidth: p.GroupWidth,
					init: resNetInit.as(p.Init, "torchvision"),
				},
			}, nil
		}
		name, doc := fmt.Sprintf("resnet%d", kind.depth), fmt.Sprintf(doc, kind.depth, kind.block.doc)
		if kind.block.expansion == bottleneck.expansion {
			factories = append(factories, NewFactory(name, doc+"; groups and "+
				"group_width make it a ResNeXt or a wide ResNet",
				BottleneckParams{ResNetParams: defaults, Groups: 1, GroupWidth: usualGroupWidth}, build))
			continue
		}
		factories = append(factories,
			NewFactory(name, doc, defaults, func(p ResNetParams, inputSize, channels int) (framework.Backbone, error) {
				return build(BottleneckParams{ResNetParams: p}, inputSize, channels)
			}))
	}
	return factories
}

// stem resolves "auto".
func (p ResNetParams) stem(inputSize int) string {
	switch {
	case p.Stem != "auto":
		return p.Stem
	case inputSize < 64:
		return "cifar"
	}
	return "imagenet"
}

// resNet is a residual network: a stem, stages of residual blocks, of which all
// but the first halve the image and double the channels, and an average over what is left.
type resNet struct {
	stem    string
	block   blockKind
	blocks  []int // a stage
	base    int   // channels of the first stage
	width   float64
	variant variant
}

// FeatureDim is the number of channels of the last stage.
func (r *resNet) FeatureDim() int { return r.block.expansion * r.planes(len(r.blocks)-1) }

// Embed works for images of any size.
func (r *resNet) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return r.embed(scope, images, unobserved)
}

// EmbedMap implements [framework.MapBackbone].
func (r *resNet) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	featureMap = r.embedMap(scope, images, unobserved)
	return nn.GlobalAvgPool(featureMap), featureMap
}

func (r *resNet) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	return nn.GlobalAvgPool(r.embedMap(scope, images, observe))
}

func (r *resNet) embedMap(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	x := r.embedStem(scope, images, observe)
	for i, blocks := range r.blocks {
		stage := scope.At("layer%d", i+1)
		for j := range blocks {
			b := residual{planes: r.planes(i), stride: 1, variant: r.variant}
			if i > 0 && j == 0 {
				b.stride = 2
			}
			x = b.apply(r.block, stage.At("%d", j), x)
			observe(fmt.Sprintf("layer%d.%d", i+1, j), x)
		}
		observe(fmt.Sprintf("layer%d", i+1), x)
	}
	return x
}

func (r *resNet) embedStem(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	x := r.firstConv(scope, images)
	observe("conv1", x)
	x = nn.BatchNorm(scope.At("bn1"), x, nn.BatchNormConfig{})
	observe("bn1", x)
	x = nn.ReLU(x)
	if r.stem == "imagenet" {
		x = nn.MaxPool(x, 3, 2, 1)
	}
	observe("maxpool", x)
	return x
}

func (r *resNet) firstConv(scope *model.Scope, images *graph.Node) *graph.Node {
	channels := r.planes(0)
	switch {
	case r.stem == "imagenet" && r.variant.selective:
		x, half := images, max(1, channels/2)
		for i, stride := range []int{2, 1} {
			stem := scope.At("stem").At("%d", i)
			x = r.variant.conv(stem.At("conv"), x, half, 3, stride, 1)
			x = nn.ReLU(nn.BatchNorm(stem.At("bn"), x, nn.BatchNormConfig{}))
		}
		return r.variant.conv(scope.At("conv1"), x, channels, 3, 1, 1)
	case r.stem == "imagenet":
		return r.variant.conv(scope.At("conv1"), images, channels, 7, 2, 3)
	case r.stem == "cifar-padding-2":
		return r.variant.conv(scope.At("conv1"), images, channels, 3, 1, 2)
	}
	return r.variant.conv(scope.At("conv1"), images, channels, 3, 1, 1)
}

// planes is the number of channels inside the blocks of a stage.
func (r *resNet) planes(stage int) int {
	return max(1, int(math.Round(r.width*float64(r.base<<stage))))
}

// conv is a convolution without bias.
func (v variant) conv(scope *model.Scope, x *graph.Node, out, size, stride, padding int) *graph.Node {
	return nn.Conv(
		scope, x, out, size, nn.ConvConfig{Stride: stride, Padding: padding, NoBias: true, Weight: v.init.conv},
	)
}
