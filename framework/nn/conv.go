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
	Groups  int // of channels that are convolved apart; 0 means 1
	NoBias  bool
	Weight  Init // nil: KaimingUniform(√5)
	Bias    Init // nil: uniform on ±1/√fan-in
}

// Conv convolves the images x [N,H,W,in] with square kernels: [N,H',W',out]
// where H' = (H + 2·padding - size)/stride + 1, rounded down. Variables: weight
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
	for axis, n := range x.Shape().Dimensions[1:3] {
		if n+2*cfg.Padding < size {
			exceptions.Panicf("an image of %v pixels, padded by %d, is smaller than the %d×%d kernel along axis %d: use "+
				"larger images or fewer strides",
				x.Shape().Dimensions[1:3], cfg.Padding, size, size, axis)
		}
	}
	weight := Parameter(
		scope, x.Graph(), "weight", orDefault(cfg.Weight, KaimingUniform(math.Sqrt(5))), size, size, in/groups, out,
	)
	y := graph.Convolve(x, weight).
		Strides(max(cfg.Stride, 1)).
		PaddingPerDim([][2]int{{cfg.Padding, cfg.Padding}, {cfg.Padding, cfg.Padding}}).
		ChannelGroupCount(groups).
		Done()
	if cfg.NoBias {
		return y
	}
	bound := 1 / math.Sqrt(float64(size*size*in/groups))
	return addBias(y, Parameter(scope, x.Graph(), "bias", orDefault(cfg.Bias, Uniform(bound)), out))
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
