package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// ConvConfig says how a convolution moves and starts. The zero value is PyTorch's default.
type ConvConfig struct {
	Stride  int // in pixels; 0 means 1
	Padding int // pixels of zeros on every side
	// Same pads as TensorFlow's SAME instead: a stride of s leaves H/s pixels, rounded up, and where the zeros are of
	// an odd number, the end has one more.
	Same   bool
	Groups int // of channels that are convolved apart; 0 means 1
	// Standardize is the epsilon of a standardized weight: the kernel of each output channel is taken less its mean,
	// over the root of its biased variance plus this (Qiao et al. 2019, arXiv:1903.10520). 0 takes it as it is.
	Standardize float64
	NoBias      bool
	Weight      Init // nil: KaimingUniform(√5)
	Bias        Init // nil: uniform on ±1/√fan-in
}

// Conv convolves the images x [N,H,W,in] with square kernels: [N,H',W',out]
// where H' = (H + 2·padding - size)/stride + 1, rounded down, or H/stride,
// rounded up, with Same. Variables: weight
// [size,size,in/groups,out], bias [out].
func Conv(scope *model.Scope, x *graph.Node, out, size int, cfg ConvConfig) *graph.Node {
	defer locate(scope, "conv")
	x.AssertRank(4)
	if out < 1 || size < 1 || cfg.Stride < 0 || cfg.Padding < 0 || cfg.Groups < 0 {
		exceptions.Panicf("%d output channels of %d×%d kernels, stride %d, padding %d, %d groups: the first two must be at "+
			"least 1, and none may be negative",
			out, size, size, cfg.Stride, cfg.Padding, cfg.Groups)
	}
	in, groups := x.Shape().Dim(-1), max(cfg.Groups, 1)
	if in%groups != 0 || out%groups != 0 {
		exceptions.Panicf("%d groups do not divide %d input and %d output channels", groups, in, out)
	}
	stride := max(cfg.Stride, 1)
	var padding [][2]int
	for axis, n := range x.Shape().Dimensions[1:3] {
		if n+2*cfg.Padding < size && !cfg.Same {
			exceptions.Panicf("an image of %v pixels, padded by %d, is smaller than the %d×%d kernel along axis %d: use "+
				"larger images or fewer strides",
				x.Shape().Dimensions[1:3], cfg.Padding, size, size, axis)
		}
		padding = append(padding, cfg.padding(n, size))
	}
	weight := Parameter(
		scope, x.Graph(), "weight", orDefault(cfg.Weight, KaimingUniform(math.Sqrt(5))), size, size, in/groups, out,
	)
	if cfg.Standardize > 0 {
		weight = standardizedWeight(weight, cfg.Standardize)
	}
	y := convolve(x, weight, stride, padding, groups)
	if cfg.NoBias {
		return y
	}
	bound := 1 / math.Sqrt(float64(size*size*in/groups))
	return addBias(y, Parameter(scope, x.Graph(), "bias", orDefault(cfg.Bias, Uniform(bound)), out))
}

// padding is that before and after n pixels.
func (cfg ConvConfig) padding(n, size int) [2]int {
	if !cfg.Same {
		return [2]int{cfg.Padding, cfg.Padding}
	}
	stride := max(cfg.Stride, 1)
	all := max(((n+stride-1)/stride-1)*stride+size-n, 0)
	return [2]int{all / 2, all - all/2}
}

func convolve(x, weight *graph.Node, stride int, padding [][2]int, groups int) *graph.Node {
	size := weight.Shape().Dim(0)
	depthwise := groups > 1 && groups == x.Shape().Dim(-1) && groups == weight.Shape().Dim(-1)
	if depthwise || groups == 1 && size%2 == 0 {
		return convolution{stride, padding, depthwise}.differentiable(x, weight)
	}
	return graph.Convolve(x, weight).Strides(stride).PaddingPerDim(padding).ChannelGroupCount(groups).Done()
}

// standardizedWeight is the kernel [H,W,in,out] with a mean of 0 and a variance of 1 for each output channel.
func standardizedWeight(weight *graph.Node, epsilon float64) *graph.Node {
	centered := graph.Sub(weight, graph.ReduceAndKeep(weight, graph.ReduceMean, 0, 1, 2))
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, 0, 1, 2)
	return graph.Mul(centered, graph.Reciprocal(graph.Sqrt(graph.AddScalar(variance, epsilon))))
}

// MaxPool takes the maximum over square windows of the images x [N,H,W,C]; the
// sizes are those of [Conv]. Padding counts for nothing in the maximum.
func MaxPool(x *graph.Node, size, stride, padding int) *graph.Node {
	return graph.MaxPool(x).Window(size).Strides(stride).PaddingPerDim(
		[][2]int{{padding, padding}, {padding, padding}},
	).Done()
}

// AvgPool takes the mean over square windows of the images x [N,H,W,C] that do
// not overlap: [N,H/size,W/size,C]. Pixels at the end that fill no window are left out.
func AvgPool(x *graph.Node, size int) *graph.Node {
	return graph.MeanPool(x).Window(size).Strides(size).NoPadding().Done()
}

// GlobalAvgPool takes the mean of each channel of the images x [N,H,W,C]: [N,C].
func GlobalAvgPool(x *graph.Node) *graph.Node {
	return graph.ReduceMean(x, 1, 2)
}
