package backbones

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// selectiveKernels is the 3×3 convolution, batch norm and ReLU of a bottleneck
// in two streams that are mixed channel by channel, by weights that the image
// decides (Li et al. 2019, arXiv:1903.06586). As in SimCLRv2 (Chen et al. 2020,
// arXiv:2006.10029) both streams have 3×3 kernels and the weights come out of a
// hidden layer of planes/16 units, but at least 32.
func (v variant) selectiveKernels(scope *model.Scope, x *graph.Node, planes, stride int) *graph.Node {
	x = v.conv(scope.At("conv2"), x, 2*planes, 3, stride, 1)
	x = nn.ReLU(nn.BatchNorm(scope.At("bn2"), x, nn.BatchNormConfig{}))
	first, second := halves(x)
	mixer, linear := scope.At("mixer"), nn.LinearConfig{NoBias: true, Weight: v.init.linear}
	hidden := nn.Linear(mixer.At("fc1"), nn.GlobalAvgPool(graph.Add(first, second)), max(planes/16, 32), linear)
	hidden = nn.ReLU(nn.BatchNorm(mixer.At("bn"), hidden, nn.BatchNormConfig{}))
	a, b := halves(nn.Linear(mixer.At("fc2"), hidden, 2*planes, linear))
	weight := graph.Sigmoid(graph.Sub(a, b)) // the softmax of two
	weight = graph.Reshape(weight, x.Shape().Dim(0), 1, 1, planes)
	return graph.Add(second, graph.Mul(weight, graph.Sub(first, second)))
}

// halves splits the last axis in two.
func halves(x *graph.Node) (first, second *graph.Node) {
	width := x.Shape().Dim(-1)
	return graph.Slice(x, graph.AxisRange().Spacer(), graph.AxisRange(0, width/2)),
		graph.Slice(x, graph.AxisRange().Spacer(), graph.AxisRange(width/2, width))
}

// poolShortcut averages 2×2 pixels before the projection of a shortcut, at
// every pixel or every second (ResNet-D, He et al. 2019, arXiv:1812.01187). As
// in SimCLR's code, pixels beyond the end count as zeros where the stride is 2
// and do not count where it is 1.
func poolShortcut(x *graph.Node, stride int) *graph.Node {
	if stride == 1 {
		return graph.MeanPool(x).Window(2).Strides(1).PaddingPerDim([][2]int{{0, 1}, {0, 1}}).Done()
	}
	odd := [][2]int{{0, x.Shape().Dim(1) % 2}, {0, x.Shape().Dim(2) % 2}}
	return graph.MulScalar(graph.SumPool(x).Window(2).Strides(2).PaddingPerDim(odd).Done(), 0.25)
}
