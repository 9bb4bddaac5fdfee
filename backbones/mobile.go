package backbones

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// mobileNet is a stem, stages of inverted residuals and a last convolution: the
// form that MobileNetV2 and V3 and EfficientNet share. Names are timm's.
type mobileNet struct {
	stem       int // channels of the first convolution
	stemStride int
	stages     [][]inverted
	head       lastConv
	padSame    bool
	norm       nn.BatchNormConfig
	dropPath   float64 // of the last block; linear in depth from 0
	activation nn.Activation
	init       initialization
}

// lastConv is the convolution before the average.
type lastConv struct {
	channels int
	stage    int // among the blocks, where MobileNetV3 has it; 0 for conv_head
}

// place has the scope of the convolution, its name and that of its batch norm.
func (l lastConv) place(scope *model.Scope) (_ *model.Scope, conv, norm string) {
	if l.stage == 0 {
		return scope, "conv_head", "bn2"
	}
	return scope.At("blocks").At("%d", l.stage).At("0"), "conv", "bn1"
}

// inverted is an inverted residual (Sandler et al. 2018, arXiv:1801.04381, §3.3):
// channels are multiplied, convolved one by one, weighed, and projected.
type inverted struct {
	kernel, stride int
	hidden, out    int  // channels inside and afterwards
	separable      bool // nothing is multiplied, and there is no first convolution
	squeeze        int  // hidden units of squeeze-and-excitation; 0 for none
	activation     nn.Activation
	weigh          excitation
}

// excitation has the functions of squeeze-and-excitation (Hu et al. 2018,
// arXiv:1709.01507): of its hidden layer and of its result.
type excitation struct{ hidden, gate nn.Activation }

// FeatureDim is the number of channels of the last convolution.
func (m *mobileNet) FeatureDim() int { return m.head.channels }

// Embed works for images of any size.
func (m *mobileNet) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return m.embed(scope, images, unobserved)
}

// EmbedMap implements [framework.MapBackbone].
func (m *mobileNet) EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	featureMap = m.embedMap(scope, images, unobserved)
	return nn.GlobalAvgPool(featureMap), featureMap
}

func (m *mobileNet) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	return nn.GlobalAvgPool(m.embedMap(scope, images, observe))
}

func (m *mobileNet) embedMap(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	x := m.conv(scope.At("conv_stem"), images, m.stem, 3, m.stemStride, 1)
	x = m.activation(nn.BatchNorm(scope.At("bn1"), x, m.norm))
	observe("bn1", x)
	total, done := 0, 0
	for _, stage := range m.stages {
		total += len(stage)
	}
	for i, stage := range m.stages {
		for j, block := range stage {
			x = m.block(scope.At("blocks").At("%d", i).At("%d", j), x, block, m.dropPath*float64(done)/float64(total))
			observe(fmt.Sprintf("blocks.%d.%d", i, j), x)
			done++
		}
	}
	after, conv, norm := m.head.place(scope)
	x = m.conv(after.At("%s", conv), x, m.head.channels, 1, 1, 1)
	x = m.activation(nn.BatchNorm(after.At("%s", norm), x, m.norm))
	observe("head", x)
	return x
}

// block applies an inverted residual; the input is added where the shape allows it.
func (m *mobileNet) block(scope *model.Scope, x *graph.Node, b inverted, dropPath float64) *graph.Node {
	y, norms := x, 0
	normed := func(y *graph.Node) *graph.Node {
		norms++
		return nn.BatchNorm(scope.At("bn%d", norms), y, m.norm)
	}
	project := "conv_pw" // the last convolution
	if !b.separable {
		y = b.activation(normed(m.conv(scope.At("conv_pw"), y, b.hidden, 1, 1, 1)))
		project = "conv_pwl"
	}
	y = b.activation(normed(m.conv(scope.At("conv_dw"), y, b.hidden, b.kernel, b.stride, b.hidden)))
	if b.squeeze > 0 {
		y = b.weigh.apply(scope.At("se"), y, b.squeeze, m.init)
	}
	y = normed(m.conv(scope.At("%s", project), y, b.out, 1, 1, 1))
	if b.stride > 1 || b.out != x.Shape().Dim(-1) {
		return y
	}
	return graph.Add(nn.DropPath(scope, y, dropPath), x)
}

func (m *mobileNet) conv(scope *model.Scope, x *graph.Node, out, size, stride, groups int) *graph.Node {
	return nn.Conv(scope, x, out, size, nn.ConvConfig{
		Stride: stride, Padding: size / 2, Same: m.padSame, Groups: groups, NoBias: true, Weight: m.init.conv,
	})
}

// apply weighs each channel of x [N,H,W,C] by a number that its averages decide.
func (e excitation) apply(scope *model.Scope, x *graph.Node, squeeze int, init initialization) *graph.Node {
	convolution := nn.ConvConfig{Weight: init.conv, Bias: init.linearBias}
	s := graph.ReduceAndKeep(x, graph.ReduceMean, 1, 2)
	s = e.hidden(nn.Conv(scope.At("conv_reduce"), s, squeeze, 1, convolution))
	s = e.gate(nn.Conv(scope.At("conv_expand"), s, x.Shape().Dim(-1), 1, convolution))
	return graph.Mul(x, s)
}

// divisible rounds a number of channels to a multiple of 8, at least 8 and at
// least 9/10 of it, as MobileNet's code does.
func divisible(channels float64) int {
	rounded := max(8, int(channels+4)/8*8)
	if float64(rounded) < 0.9*channels {
		rounded += 8
	}
	return rounded
}

// repeated is how many blocks a stage has in a network of that depth.
func repeated(blocks int, depth float64) int { return int(math.Ceil(depth * float64(blocks))) }
