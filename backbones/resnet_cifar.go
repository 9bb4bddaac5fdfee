package backbones

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/framework"
)

// CIFARResNetParams are the parameters of the ResNets for CIFAR.
type CIFARResNetParams struct {
	Width            float64 `yaml:"width" range:"(0,64]"`
	Shortcut         string  `yaml:"shortcut" oneof:"padding,projection"`
	ZeroInitResidual bool    `yaml:"zero_init_residual"`
	Init             string  `yaml:"init" oneof:"torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"torchvision"`
}

// cifarResNets returns the factories of the ResNets for CIFAR: 6n+2 layers in
// three stages of n blocks with 16, 32 and 64 channels.
func cifarResNets() []Factory {
	const doc = "ResNet-%d for 32x32 images (He, Zhang, Ren and Sun: Deep Residual Learning for Image Recognition, CVPR " +
		"2016, arXiv:1512.03385, §4.2): three stages of %d blocks; convolutions start Kaiming-normal by fan-out"
	var factories []Factory
	for _, n := range []int{1, 2, 3, 5, 9} {
		depth := 6*n + 2
		factories = append(factories, NewFactory(
			fmt.Sprintf("resnet%d", depth), fmt.Sprintf(doc, depth, n),
			CIFARResNetParams{Width: 1, Shortcut: "padding", Init: "torchvision"},
			func(p CIFARResNetParams, _, _ int) (framework.Backbone, error) {
				return &resNet{
					stem: "cifar", block: basicBlock, blocks: []int{n, n, n}, base: 16, width: p.Width,
					variant: variant{
						padding: p.Shortcut == "padding", zeroInit: p.ZeroInitResidual, init: resNetInit.as(p.Init, "torchvision"),
					},
				}, nil
			}))
	}
	return factories
}
