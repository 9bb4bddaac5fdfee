package backbones

import (
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

// CLIPResNetParams are the parameters of CLIP's modified ResNet.
type CLIPResNetParams struct {
	Width    int    `yaml:"width" range:"[2,inf)"`
	Blocks   []int  `yaml:"blocks" range:"[1,inf)"`
	EmbedDim int    `yaml:"embed_dim" range:"[1,inf)"`
	Init     string `yaml:"init" oneof:"clip,torchvision,pytorch,he-fan-in,trunc-normal-0.02,jax-vit" omit:"clip"`
}

// Validate checks what ranges can't.
func (p CLIPResNetParams) Validate() error {
	var faults []error
	if p.Width%2 != 0 {
		faults = append(faults, config.Faultf("width", "%d is odd; the first convolutions have half of it", p.Width))
	}
	if len(p.Blocks) != 4 {
		faults = append(faults, config.Faultf("blocks", "%d stages given; there are 4", len(p.Blocks)))
	}
	return errors.Join(faults...)
}

func newCLIPResNet(p CLIPResNetParams, inputSize, _ int) (framework.Backbone, error) {
	if inputSize%32 != 0 {
		return nil, fmt.Errorf(
			"images of %d pixels: the network halves them five times, so 32 must divide their size", inputSize,
		)
	}
	heads := max(1, p.Width*32/64)
	scaled := nn.Normal(1 / math.Sqrt(float64(32*p.Width)))
	return &clipResNet{
		width: p.Width, blocks: p.Blocks, heads: heads, native: inputSize / 32, embedDim: p.EmbedDim,
		init: initialization{linear: scaled, positions: scaled}.as(p.Init, "clip"),
	}, nil
}

// clipResNet is CLIP's modified ResNet: a stem of three convolutions (ResNet-D,
// He et al. 2019, arXiv:1812.01187), average pooling in the place of strides
// (Zhang 2019, arXiv:1904.11486), and attention pooling at the end.
type clipResNet struct {
	width    int
	blocks   []int
	heads    int
	native   int // pixels a side of the last stage's images
	embedDim int
	init     initialization
}

// FeatureDim is the width of the attention pooling's output.
func (r *clipResNet) FeatureDim() int { return r.embedDim }

// Embed works for images of the size the network is made for.
func (r *clipResNet) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	return r.embed(scope, images, unobserved)
}

func (r *clipResNet) embed(scope *model.Scope, images *graph.Node, observe observer) *graph.Node {
	if height, width := images.Shape().Dim(1), images.Shape().Dim(2); height != 32*r.native || width != 32*r.native {
		exceptions.Panicf("images of %d×%d pixels: the attention pooling takes those of %d×%d only; choose views of that "+
			"size, without small crops",
			height, width, 32*r.native, 32*r.native)
	}
	x := images
	for i, channels := range []int{r.width / 2, r.width / 2, r.width} {
		stride := 1
		if i == 0 {
			stride = 2
		}
		x = r.conv(scope.At("conv%d", i+1), x, channels, 3, stride, 1)
		observe(fmt.Sprintf("conv%d", i+1), x)
		x = nn.BatchNorm(scope.At("bn%d", i+1), x, nn.BatchNormConfig{})
		observe(fmt.Sprintf("bn%d", i+1), x)
		x = nn.ReLU(x)
	}
	x = nn.AvgPool(x, 2)
	observe("avgpool", x)
	for i, blocks := range r.blocks {
		for j := range blocks {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			x = r.bottleneck(scope.At("layer%d", i+1).At("%d", j), x, r.width<<i, stride)
		}
		observe(fmt.Sprintf("layer%d", i+1), x)
	}
	x = r.attentionPool(scope.At("attnpool"), x)
	observe("attnpool", x)
	return x
}

// bottleneck is a residual block whose convolutions all have stride 1.
func (r *clipResNet) bottleneck(scope *model.Scope, x *graph.Node, planes, stride int) *graph.Node {
	pooled := func(x *graph.Node) *graph.Node {
		if stride == 1 {
			return x
		}
		return nn.AvgPool(x, stride)
	}
	y := nn.ReLU(nn.BatchNorm(scope.At("bn1"), r.conv(scope.At("conv1"), x, planes, 1, 1, 0), nn.BatchNormConfig{}))
	y = nn.ReLU(nn.BatchNorm(scope.At("bn2"), r.conv(scope.At("conv2"), y, planes, 3, 1, 1), nn.BatchNormConfig{}))
	y = r.conv(scope.At("conv3"), pooled(y), 4*planes, 1, 1, 0)
	y = nn.BatchNorm(scope.At("bn3"), y, nn.BatchNormConfig{Weight: nn.Zeros})
	if stride > 1 || x.Shape().Dim(-1) != 4*planes {
		x = r.conv(scope.At("downsample").At("0"), pooled(x), 4*planes, 1, 1, 0)
		x = nn.BatchNorm(scope.At("downsample").At("1"), x, nn.BatchNormConfig{})
	}
	return nn.ReLU(graph.Add(y, x))
}

// conv is a convolution without bias.
func (r *clipResNet) conv(scope *model.Scope, x *graph.Node, out, size, stride, padding int) *graph.Node {
	return nn.Conv(
		scope, x, out, size, nn.ConvConfig{Stride: stride, Padding: padding, NoBias: true, Weight: r.init.conv},
	)
}

// attentionPool is attention with one query, the mean of the pixels x
// [N,H,W,C], over that mean and the pixels, all with positions.
func (r *clipResNet) attentionPool(scope *model.Scope, x *graph.Node) *graph.Node {
	batch, width := x.Shape().Dim(0), x.Shape().Dim(3)
	start := nn.LinearConfig{Weight: r.init.linear, Bias: r.init.linearBias}
	pixels := graph.Reshape(x, batch, r.native*r.native, width)
	mean := graph.ReduceAndKeep(pixels, graph.ReduceMean, 1)
	positions := nn.Parameter(scope, x.Graph(), "positional_embedding", r.init.positions, 1+r.native*r.native, width)
	tokens := graph.Add(graph.Concatenate([]*graph.Node{mean, pixels}, 1), graph.InsertAxes(positions, 0))
	project := func(scope *model.Scope, x *graph.Node) *graph.Node { // [N,L,heads,C/heads]
		y := nn.Linear(scope, x, width, start)
		return graph.Reshape(y, batch, -1, r.heads, width/r.heads)
	}
	query := project(scope.At("q_proj"), graph.Slice(tokens, graph.AxisRange(), graph.AxisRange(0, 1)))
	mixed := nn.Attend(query, project(scope.At("k_proj"), tokens), project(scope.At("v_proj"), tokens))
	return nn.Linear(scope.At("c_proj"), graph.Reshape(mixed, batch, width), r.embedDim, start)
}
