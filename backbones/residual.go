package backbones

import (
	"cmp"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// blockKind is a kind of residual block.
type blockKind struct {
	doc       string
	expansion int // output channels a channel inside
	branch    func(b residual, scope *model.Scope, x *graph.Node) *graph.Node
}

var (
	basicBlock = blockKind{doc: "blocks of two 3x3 convolutions", expansion: 1, branch: residual.basic}
	bottleneck = blockKind{doc: "bottleneck blocks with the stride in the 3x3 convolution (v1.5)",
		expansion: 4, branch: residual.bottleneck}
)

// variant says how the blocks of a network differ from the plain ones.
type variant struct {
	padding   bool // shortcuts between shapes pad with zeros instead of projecting
	zeroInit  bool // the last batch norm of a branch starts at 0
	selective bool // bottlenecks have selective kernels and the shortcuts of ResNet-D

	groups, groupWidth int // of the 3x3 convolutions of bottlenecks; 0 is 1 and 64
	init               initialization
}

// residual is one residual block: ReLU(branch(x) + shortcut(x)).
type residual struct {
	planes, stride int
	variant
}

func (b residual) apply(kind blockKind, scope *model.Scope, x *graph.Node) *graph.Node {
	y := kind.branch(b, scope, x)
	return nn.ReLU(graph.Add(y, b.shortcut(scope, x, b.planes*kind.expansion)))
}

func (b residual) basic(scope *model.Scope, x *graph.Node) *graph.Node {
	y := b.conv(scope.At("conv1"), x, b.planes, 3, b.stride, 1)
	y = nn.ReLU(nn.BatchNorm(scope.At("bn1"), y, nn.BatchNormConfig{}))
	y = b.conv(scope.At("conv2"), y, b.planes, 3, 1, 1)
	return nn.BatchNorm(scope.At("bn2"), y, b.last())
}

func (b residual) bottleneck(scope *model.Scope, x *graph.Node) *graph.Node {
	inner := b.inner()
	y := b.conv(scope.At("conv1"), x, inner, 1, 1, 0)
	y = nn.ReLU(nn.BatchNorm(scope.At("bn1"), y, nn.BatchNormConfig{}))
	if b.selective {
		y = b.selectiveKernels(scope, y, b.planes, b.stride)
	} else {
		y = nn.Conv(scope.At("conv2"), y, inner, 3, nn.ConvConfig{
			Stride: b.stride, Padding: 1, Groups: b.groups, NoBias: true, Weight: b.init.conv,
		})
		y = nn.ReLU(nn.BatchNorm(scope.At("bn2"), y, nn.BatchNormConfig{}))
	}
	y = b.conv(scope.At("conv3"), y, 4*b.planes, 1, 1, 0)
	return nn.BatchNorm(scope.At("bn3"), y, b.last())
}

// inner is the number of channels inside a bottleneck.
func (b residual) inner() int {
	groups, width := max(b.groups, 1), cmp.Or(b.groupWidth, 64)
	return max(b.planes*width/64, 1) * groups
}

// last configures the last batch norm of the branch.
func (b residual) last() nn.BatchNormConfig {
	if b.zeroInit {
		return nn.BatchNormConfig{Weight: nn.Zeros}
	}
	return nn.BatchNormConfig{}
}

// shortcut is the identity where the shape allows it.
func (b residual) shortcut(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	in := x.Shape().Dim(-1)
	switch {
	case b.stride == 1 && in == out:
		return x
	case b.padding:
		return padChannels(
			graph.Slice(x, graph.AxisRange(), graph.AxisRange().Stride(b.stride), graph.AxisRange().Stride(b.stride)), out-in,
		)
	}
	stride := b.stride
	if b.selective {
		x, stride = poolShortcut(x, stride), 1
	}
	x = b.conv(scope.At("downsample").At("0"), x, out, 1, stride, 0)
	return nn.BatchNorm(scope.At("downsample").At("1"), x, nn.BatchNormConfig{})
}

// padChannels appends n channels of zeros to x [N,H,W,C].
func padChannels(x *graph.Node, n int) *graph.Node {
	if n == 0 {
		return x
	}
	shape := x.Shape().Clone()
	shape.Dimensions[3] = n
	return graph.Concatenate([]*graph.Node{x, graph.Zeros(x.Graph(), shape)}, 3)
}
