package backbones

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// ResNetParams are the parameters of ResNet-18 to ResNet-152.
type ResNetParams struct {
	Stem             string  `yaml:"stem" doc:"first layers: imagenet (7x7 stride 2, max-pool), cifar (3x3 stride 1, no max-pool), cifar-padding-2 (as solo-learn), or auto: cifar below 64 pixels, else imagenet" oneof:"auto,imagenet,cifar,cifar-padding-2" source:"He et al. 2016, Table 1; Chen et al. 2020, Appendix B.9"`
	Width            float64 `yaml:"width" doc:"factor on the number of channels of every layer" range:"(0,16]" source:"Chen et al. 2020, §6"`
	ZeroInitResidual bool    `yaml:"zero_init_residual" doc:"start the last batch norm of every block at 0, so that blocks start as the identity" source:"Goyal et al. 2017, arXiv:1706.02677, §5.1"`
}

// observer is told of intermediate outputs by the reference's names.
type observer func(name string, node *graph.Node)

func unobserved(string, *graph.Node) {}

// resNets returns the factories of the ResNets for ImageNet.
func resNets() []Factory {
	const doc = "ResNet-%d (He, Zhang, Ren and Sun: Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385), %s; as torchvision's, convolutions start Kaiming-normal by fan-out"
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
		factories = append(factories, NewFactory(
			fmt.Sprintf("resnet%d", kind.depth), fmt.Sprintf(doc, kind.depth, kind.block.doc),
			ResNetParams{Stem: "auto", Width: 1},
			func(p ResNetParams, inputSize, _ int) (Backbone, error) {
				stem := p.Stem
				if stem == "auto" {
					stem = "imagenet"
					if inputSize < 64 {
						stem = "cifar"
					}
				}
				return &resNet{
					stem: stem, block: kind.block, blocks: kind.blocks, base: 64, width: p.Width,
					zeroInit: p.ZeroInitResidual,
				}, nil
			}))
	}
	return factories
}

// resNet is a residual network: a stem, stages of residual blocks, of which all
// but the first halve the image and double the channels, and an average over what is left.
type resNet struct {
	stem     string
	block    blockKind
	blocks   []int // a stage
	base     int   // channels of the first stage
	width    float64
	padding  bool // shortcuts by zero padding instead of projections
	zeroInit bool
}

// FeatureDim is the number of channels of the last stage.
func (r *resNet) FeatureDim() int { return r.block.expansion * r.planes(len(r.blocks)-1) }

// Embed works for images of any size.
func (r *resNet) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return r.embed(scope, images, unobserved)
}

func (r *resNet) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	x := r.embedStem(scope, images, observe)
	for i, blocks := range r.blocks {
		stage := scope.At("layer%d", i+1)
		for j := range blocks {
			b := residual{planes: r.planes(i), stride: 1, padding: r.padding, zeroInit: r.zeroInit}
			if i > 0 && j == 0 {
				b.stride = 2
			}
			x = b.apply(r.block, stage.At("%d", j), x)
			observe(fmt.Sprintf("layer%d.%d", i+1, j), x)
		}
		observe(fmt.Sprintf("layer%d", i+1), x)
	}
	return nn.GlobalAvgPool(x)
}

func (r *resNet) embedStem(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	size, stride, padding := 3, 1, 1
	switch r.stem {
	case "imagenet":
		size, stride, padding = 7, 2, 3
	case "cifar-padding-2":
		padding = 2
	}
	x := conv(scope.At("conv1"), images, r.planes(0), size, stride, padding)
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

// planes is the number of channels inside the blocks of a stage.
func (r *resNet) planes(stage int) int {
	return max(1, int(math.Round(r.width*float64(r.base<<stage))))
}

// conv is a convolution without bias that starts as torchvision's do.
func conv(scope *model.Scope, x *graph.Node, out, size, stride, padding int) *graph.Node {
	return nn.Conv(scope, x, out, size, nn.ConvConfig{Stride: stride, Padding: padding, NoBias: true, Weight: nn.KaimingNormal})
}
