package nn

import (
	"cmp"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// GroupNormConfig is the configuration of [GroupNorm].
type GroupNormConfig struct {
	Groups  int     // of channels, which they divide; 0 means 32, the paper's
	Epsilon float64 // 0 means 1e-5, PyTorch's default
}

// GroupNorm normalizes each group of neighboring channels of each image of x
// [N,H,W,C] by its mean and biased variance over the pixels (Wu and He 2018,
// arXiv:1803.08494). Variables: weight and bias, [C].
func GroupNorm(scope *model.Scope, x *graph.Node, cfg GroupNormConfig) *graph.Node {
	defer locate(scope, "group norm")
	x.AssertRank(4)
	g, dims := x.Graph(), x.Shape().Dimensions
	channels, groups := dims[3], cmp.Or(cfg.Groups, 32)
	if groups < 1 || channels%groups != 0 {
		exceptions.Panicf("%d groups do not divide %d channels: choose a divisor", groups, channels)
	}
	weight := Parameter(scope, g, "weight", Ones, channels)
	bias := Parameter(scope, g, "bias", Zeros, channels)
	mean := func(x *graph.Node) *graph.Node { // of the groups, spread over their channels: [N,1,1,C]
		perChannel := graph.Reshape(graph.ReduceMean(x, 1, 2), dims[0], groups, channels/groups)
		perGroup := graph.BroadcastToDims(graph.ReduceAndKeep(perChannel, graph.ReduceMean, 2),
			dims[0], groups, channels/groups)
		return graph.Reshape(perGroup, dims[0], 1, 1, channels)
	}
	centered := graph.Sub(x, mean(x))
	scale := graph.Reciprocal(graph.Sqrt(graph.AddScalar(mean(graph.Square(centered)), cmp.Or(cfg.Epsilon, 1e-5))))
	scale = graph.Mul(scale, graph.ExpandLeftToRank(weight, 4))
	return addBias(graph.Mul(centered, scale), bias)
}
