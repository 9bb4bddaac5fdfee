package backbones

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// EfficientNetParams are the parameters of EfficientNet and EfficientNet-Lite.
type EfficientNetParams struct {
	MobileNetParams `yaml:",inline"`

	Depth float64 `yaml:"depth" range:"(0,16]"`
}

// efficientNets returns the factories of EfficientNet B0 to B7 and Lite0 to Lite4.
func efficientNets() []Factory {
	const paper = " (Tan and Le: EfficientNet, ICML 2019, arXiv:1905.11946)"
	var factories []Factory
	add := func(name, doc string, width, depth, epsilon float64, lite bool) {
		defaults := EfficientNetParams{
			MobileNetParams: MobileNetParams{Stem: "auto", Width: width, Padding: "symmetric", Epsilon: epsilon, Init: "torchvision"}, Depth: depth,
		}
		if lite {
			defaults.Padding = "same"
		}
		build := func(p EfficientNetParams, inputSize, _ int) (framework.Backbone, error) {
			return newEfficientNet(p, inputSize, lite), nil
		}
		factories = append(factories, NewFactory(name, doc, defaults, build))
	}
	for i, size := range [][2]float64{
		{1, 1}, {1, 1.1}, {1.1, 1.2}, {1.2, 1.4}, {1.4, 1.8}, {1.6, 2.2}, {1.8, 2.6}, {2, 3.1},
	} {
		epsilon := nn.BatchNormEpsilon
		if i >= 5 {
			epsilon = 0.001 // as torchvision's
		}
		add(fmt.Sprintf("efficientnet-b%d", i), fmt.Sprintf("EfficientNet-B%d", i)+paper+": inverted residuals with "+
			"squeeze-and-excitation and SiLU, as torchvision's", size[0], size[1], epsilon, false)
	}
	for i, size := range [][2]float64{{1, 1}, {1, 1.1}, {1.1, 1.2}, {1.2, 1.4}, {1.4, 1.8}} {
		add(fmt.Sprintf("efficientnet-lite%d", i), fmt.Sprintf("EfficientNet-Lite%d", i)+paper+": without "+
			"squeeze-and-excitation, with ReLU6, and with a first and a last part that do not grow, as TensorFlow's",
			size[0], size[1], 0.001, true)
	}
	return factories
}

// newEfficientNet makes the network of Table 1.
func newEfficientNet(p EfficientNetParams, inputSize int, lite bool) *mobileNet {
	activation, momentum := nn.Activation(nn.SiLU), 0.0
	if lite {
		activation = nn.ReLU6
	}
	if p.Epsilon >= 0.001 {
		momentum = 0.01
	}
	m := p.network(inputSize, momentum, activation)
	m.stem, m.head.channels = divisible(32*p.Width), divisible(1280*p.Width)
	if lite {
		m.stem, m.head.channels = 32, 1280
	}
	in := m.stem
	rows := []struct{ expand, kernel, stride, channels, blocks int }{
		{1, 3, 1, 16, 1}, {6, 3, 2, 24, 2}, {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3}, {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4},
		{6, 3, 1, 320, 1},
	}
	for i, row := range rows {
		blocks := repeated(row.blocks, p.Depth)
		if lite && (i == 0 || i == len(rows)-1) {
			blocks = row.blocks
		}
		var stage []inverted
		for j := range blocks {
			b := inverted{
				kernel: row.kernel, stride: 1, hidden: row.expand * in, out: divisible(float64(row.channels) * p.Width),
				separable: i == 0, activation: activation, weigh: excitation{hidden: nn.SiLU, gate: graph.Sigmoid},
			}
			if j == 0 {
				b.stride = row.stride
			}
			if !lite {
				b.squeeze = max(1, in/4)
			}
			stage, in = append(stage, b), b.out
		}
		m.stages = append(m.stages, stage)
	}
	return m
}
