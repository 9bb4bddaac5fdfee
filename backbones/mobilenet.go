package backbones

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// MobileNetParams are the parameters of MobileNetV2 and V3.
type MobileNetParams struct {
	Stem     string  `yaml:"stem" oneof:"auto,imagenet,cifar"`
	Width    float64 `yaml:"width" range:"(0,16]"`
	Padding  string  `yaml:"padding" oneof:"symmetric,same"`
	Epsilon  float64 `yaml:"epsilon" range:"(0,1]"`
	DropPath float64 `yaml:"drop_path" range:"[0,1)"`
	Init     string  `yaml:"init" oneof:"torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"torchvision"`
}

// stemStride is that of the first convolution.
func (p MobileNetParams) stemStride(inputSize int) int {
	if p.Stem == "cifar" || p.Stem == "auto" && inputSize < 64 {
		return 1
	}
	return 2
}

// network is a mobileNet without its blocks.
func (p MobileNetParams) network(inputSize int, momentum float64, activation nn.Activation) *mobileNet {
	return &mobileNet{
		stemStride: p.stemStride(inputSize), padSame: p.Padding == "same", dropPath: p.DropPath, activation: activation,
		norm: nn.BatchNormConfig{Epsilon: p.Epsilon, Momentum: momentum},
		init: mobileInit.as(p.Init, "torchvision"),
	}
}

// mobileNets returns the factories of the MobileNets.
func mobileNets() []Factory {
	const v3 = " (Howard et al.: Searching for MobileNetV3, ICCV 2019, arXiv:1905.02244): inverted residuals with " +
		"squeeze-and-excitation and hard-swish; the features are those before the classifier's first layer"
	defaults := MobileNetParams{
		Stem: "auto", Width: 1, Padding: "symmetric", Epsilon: nn.BatchNormEpsilon, Init: "torchvision",
	}
	third := defaults
	third.Epsilon = 0.001
	return []Factory{
		NewFactory("mobilenetv2", "MobileNetV2 (Sandler et al.: Inverted Residuals and Linear Bottlenecks, CVPR 2018, "+
			"arXiv:1801.04381), as torchvision's", defaults, newMobileNetV2),
		NewFactory("mobilenetv3-large", "MobileNetV3-Large"+v3, third, mobileNetV3(mobileNetV3Large)),
		NewFactory("mobilenetv3-small", "MobileNetV3-Small"+v3, third, mobileNetV3(mobileNetV3Small)),
	}
}

// newMobileNetV2 makes the network of Table 2.
func newMobileNetV2(p MobileNetParams, inputSize, _ int) (framework.Backbone, error) {
	m := p.network(inputSize, 0, nn.ReLU6)
	m.stem = divisible(32 * p.Width)
	m.head.channels = divisible(1280 * max(1, p.Width))
	in := m.stem
	for i, s := range []struct{ channels, blocks, stride int }{
		{16, 1, 1}, {24, 2, 2}, {32, 3, 2}, {64, 4, 2}, {96, 3, 1}, {160, 3, 2}, {320, 1, 1},
	} {
		var stage []inverted
		for j := range s.blocks {
			b := inverted{
				kernel: 3, stride: 1, hidden: 6 * in, out: divisible(float64(s.channels) * p.Width), activation: nn.ReLU6,
			}
			if j == 0 {
				b.stride = s.stride
			}
			if i == 0 {
				b.separable, b.hidden = true, in
			}
			stage, in = append(stage, b), b.out
		}
		m.stages = append(m.stages, stage)
	}
	return m, nil
}

// mobileNetV3Block is a row of the paper's tables.
type mobileNetV3Block struct {
	kernel, hidden, out int
	weighed, hardSwish  bool
	stride              int
}

// The blocks of Tables 1 and 2, stage by stage.
var (
	mobileNetV3Large = [][]mobileNetV3Block{
		{{3, 16, 16, false, false, 1}},
		{{3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1}},
		{{5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1}},
		{{3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1},
			{3, 184, 80, false, true, 1}},
		{{3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1}},
		{{5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1}},
	}
	mobileNetV3Small = [][]mobileNetV3Block{
		{{3, 16, 16, true, false, 2}},
		{{3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1}},
		{{5, 96, 40, true, true, 2}, {5, 240, 40, true, true, 1}, {5, 240, 40, true, true, 1}},
		{{5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1}},
		{{5, 288, 96, true, true, 2}, {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1}},
	}
)

func mobileNetV3(
	rows [][]mobileNetV3Block,
) func(p MobileNetParams, inputSize, channels int) (framework.Backbone, error) {
	return func(p MobileNetParams, inputSize, _ int) (framework.Backbone, error) {
		m := p.network(inputSize, 0.01, nn.HardSwish)
		m.stem = divisible(16 * p.Width)
		for i, stage := range rows {
			var blocks []inverted
			for _, row := range stage {
				b := inverted{
					kernel: row.kernel, stride: row.stride, hidden: divisible(float64(row.hidden) * p.Width),
					out: divisible(float64(row.out) * p.Width), separable: i == 0, activation: nn.ReLU,
					weigh: excitation{hidden: nn.ReLU, gate: nn.HardSigmoid},
				}
				if row.hardSwish {
					b.activation = nn.HardSwish
				}
				if row.weighed {
					b.squeeze = divisible(float64(b.hidden / 4))
				}
				blocks = append(blocks, b)
			}
			m.stages = append(m.stages, blocks)
		}
		last := m.stages[len(m.stages)-1]
		m.head = lastConv{channels: 6 * last[len(last)-1].out, stage: len(rows)}
		return m, nil
	}
}
