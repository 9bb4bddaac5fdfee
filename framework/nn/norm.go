package nn

import (
	"cmp"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	gomlx "github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"
)

// BatchNormConfig is the configuration of [BatchNorm]. The zero value is PyTorch's default.
type BatchNormConfig struct {
	NoAffine bool    // no weight and no bias
	NoBias   bool    // a weight but no bias
	Momentum float64 // of the running statistics' update; 0 means 0.1
	Epsilon  float64 // 0 means BatchNormEpsilon
	Weight   Init    // nil: ones
}

// BatchNormEpsilon is what a batch norm adds to variances unless told otherwise.
const BatchNormEpsilon = 1e-5

// BatchNorm normalizes each channel, the last axis of x (Ioffe and Szegedy
// 2015, arXiv:1502.03167): while training with the mean and the biased variance
// of the batch (see [WithBatchGroups]), otherwise with the running statistics,
// which follow the batch's mean and unbiased variance while training.
// Variables: weight, bias, running_mean, running_var, all [C].
func BatchNorm(scope *model.Scope, x *graph.Node, cfg BatchNormConfig) *graph.Node {
	defer locate(scope, "batch norm")
	n := newBatchNorm(scope, x, cfg)
	if !scope.IsTraining(x.Graph()) {
		return n.withRunningStatistics(x)
	}
	groups := model.GetParamOr(scope, groupsKey, batchGroups{count: 1})
	size := x.Shape().Dim(0)
	if size%groups.count != 0 {
		exceptions.Panicf("a batch of %d does not divide into %d groups", size, groups.count)
	}
	y, statistics := n.withBatchStatistics(x, groups.count)
	if groups.devices {
		statistics = []batchStatistics{average(statistics)}
	}
	for _, s := range statistics {
		n.track(s)
	}
	return y
}

// batchGroups says how batch norms divide a batch.
type batchGroups struct {
	count   int
	devices bool // the groups stand for devices, and the running statistics see their average
}

// WithBatchGroups makes the batch norms below the scope, from here on, treat a
// batch as n equal consecutive parts: each part is normalized with its own
// statistics, and the running statistics see one part after the other. It is
// how two views go through a network in one pass as if in two. n = 1 undoes it.
// It returns the scope.
func WithBatchGroups(scope *model.Scope, n int) *model.Scope {
	return withGroups(scope, batchGroups{count: n})
}

// WithSplitBatchNorm is like [WithBatchGroups], but the running statistics see
// the average over the parts: how one device has the batch norms of n, as the
// CIFAR-10 notebook of MoCo's authors does. n = 1 undoes it. It returns the scope.
func WithSplitBatchNorm(scope *model.Scope, n int) *model.Scope {
	return withGroups(scope, batchGroups{count: n, devices: true})
}

func withGroups(scope *model.Scope, groups batchGroups) *model.Scope {
	if groups.count < 1 {
		exceptions.Panicf("a batch cannot have %d groups: at least 1 is needed", groups.count)
	}
	scope.SetParam(groupsKey, groups)
	return scope
}

// batchStatistics are the mean and the unbiased variance of a batch, [C].
type batchStatistics struct{ mean, variance *graph.Node }

func average(statistics []batchStatistics) batchStatistics {
	sum := statistics[0]
	for _, s := range statistics[1:] {
		sum.mean, sum.variance = graph.Add(sum.mean, s.mean), graph.Add(sum.variance, s.variance)
	}
	n := len(statistics)
	return batchStatistics{graph.DivScalar(sum.mean, n), graph.DivScalar(sum.variance, n)}
}

// batchNorm has the variables of one layer.
type batchNorm struct {
	weight, bias            *graph.Node // [C]
	runningMean, runningVar *model.Variable
	momentum, epsilon       float64
}

func newBatchNorm(scope *model.Scope, x *graph.Node, cfg BatchNormConfig) *batchNorm {
	g, channels := x.Graph(), x.Shape().Dim(-1)
	n := &batchNorm{
		runningMean: Buffer(scope, "running_mean", Zeros, channels),
		runningVar:  Buffer(scope, "running_var", Ones, channels),
		momentum:    cmp.Or(cfg.Momentum, 0.1),
		epsilon:     cmp.Or(cfg.Epsilon, BatchNormEpsilon),
	}
	n.weight, n.bias = graph.Ones(g, n.runningMean.Shape()), graph.Zeros(g, n.runningMean.Shape())
	if !cfg.NoAffine {
		n.weight = Parameter(scope, g, "weight", orDefault(cfg.Weight, Ones), channels)
	}
	if !cfg.NoAffine && !cfg.NoBias {
		n.bias = Parameter(scope, g, "bias", Zeros, channels)
	}
	return n
}

// withRunningStatistics is x·s + t with one scale s and one shift t a channel.
func (n *batchNorm) withRunningStatistics(x *graph.Node) *graph.Node {
	g := x.Graph()
	scale := graph.Div(n.weight, graph.Sqrt(graph.AddScalar(n.runningVar.NodeValue(g), n.epsilon)))
	shift := graph.Sub(n.bias, graph.Mul(n.runningMean.NodeValue(g), scale))
	return addBias(graph.Mul(x, graph.ExpandLeftToRank(scale, x.Rank())), shift)
}

// withBatchStatistics normalizes each of the groups with the statistics of the
// group, and returns those.
func (n *batchNorm) withBatchStatistics(x *graph.Node, groups int) (y *graph.Node, statistics []batchStatistics) {
	parts := batchParts{
		groups: groups, size: x.Shape().Dim(0) / groups, count: x.Shape().Size() / x.Shape().Dim(-1) / groups,
	}
	if parts.count < 2 {
		exceptions.Panicf(
			"one value a channel has no variance to normalize by: train with a larger batch, or in fewer batch groups",
		)
	}
	unbiased := float64(parts.count) / float64(parts.count-1)
	if groups == 1 && hasBatchNorm(x.Graph().Backend()) {
		y, mean, variance := graph.InternalBatchNormForTraining(x, n.weight, n.bias, float32(n.epsilon), -1)
		return y, []batchStatistics{{mean, graph.MulScalar(variance, unbiased)}}
	}
	mean, variance := parts.moments(x)
	for i := range groups {
		of := func(all *graph.Node) *graph.Node { return graph.Reshape(graph.Slice(all, graph.AxisElem(i)), -1) }
		statistics = append(statistics, batchStatistics{of(mean), graph.MulScalar(of(variance), unbiased)})
	}
	return n.inParts(x, parts, mean, variance), statistics
}

// inParts normalizes each part of x with its mean and biased variance, [G,C].
//
// The gradient is written by hand (Ioffe and Szegedy 2015, §3): with v that of
// the output, c = x - mean and M values a channel, it is Σv for the shift, Σv·c
// for the scale, and scale·(v - Σv/M - c/variance·Σv·c/M) for the input. Derived
// from the formula it would take several passes more over the data.
func (n *batchNorm) inParts(x *graph.Node, parts batchParts, mean, variance *graph.Node) *graph.Node {
	rank, channels := x.Rank(), x.Shape().Dim(-1)
	spread := func(v *graph.Node) *graph.Node { return parts.spread(v, rank) }
	each := func(v *graph.Node) *graph.Node { // of the parameters
		return graph.BroadcastToDims(graph.Reshape(v, 1, -1), parts.groups, channels)
	}
	centered := graph.Sub(graph.StopGradient(x), spread(mean))
	precision := graph.Reciprocal(graph.AddScalar(variance, n.epsilon))
	scale, shift := graph.Mul(each(n.weight), graph.Sqrt(precision)), each(n.bias)

	// The output's gradient comes first, and what follows from it then replaces the other three.
	var v, sum, along *graph.Node
	ofScale := graph.IdentityWithCustomGradient(scale, func(_, _ *graph.Node) *graph.Node { return along })
	ofShift := graph.IdentityWithCustomGradient(shift, func(_, _ *graph.Node) *graph.Node { return sum })
	input := graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node {
		scale := graph.DivScalar(scale, -parts.count)
		shift, onCentered := graph.Mul(scale, sum), graph.Mul(graph.Mul(scale, precision), along)
		return graph.Add(graph.Mul(v, spread(ofScale)), graph.Add(graph.Mul(centered, spread(onCentered)), spread(shift)))
	})
	y := graph.Add(graph.Mul(input, spread(ofScale)), spread(graph.Sub(ofShift, graph.Mul(mean, ofScale))))
	return graph.IdentityWithCustomGradient(y, func(_, ofOutput *graph.Node) *graph.Node {
		v = ofOutput
		sum, along = parts.sum(v), parts.sum(graph.Mul(v, centered))
		return v
	})
}

// batchParts says how a batch [N,...,C] falls into consecutive parts. Values
// that differ from part to part are spread over the samples, [N,1,...,C], so
// that the batch keeps its shape.
type batchParts struct {
	groups int // parts, G
	size   int // samples of each
	count  int // values a channel of each
}

// moments are the means and the biased variances of the parts, [G,C]. They get no gradient.
func (p batchParts) moments(x *graph.Node) (mean, variance *graph.Node) {
	x = graph.StopGradient(x)
	if !hasBatchNorm(x.Graph().Backend()) {
		average := func(x *graph.Node) *graph.Node { return graph.DivScalar(p.sum(x), p.count) }
		mean = average(x)
		return mean, average(graph.Square(graph.Sub(x, p.spread(mean, x.Rank()))))
	}
	var means, variances []*graph.Node
	one := graph.Ones(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(-1)))
	for i := range p.groups {
		part := graph.Slice(x, graph.AxisRange(i*p.size, (i+1)*p.size))
		_, m, v := graph.InternalBatchNormForTraining(part, one, one, 0, -1)
		means, variances = append(means, graph.StopGradient(m)), append(variances, graph.StopGradient(v))
	}
	return graph.Stack(means, 0), graph.Stack(variances, 0)
}

// sum is that of each part, [G,C].
func (p batchParts) sum(x *graph.Node) *graph.Node {
	var within []int // axes within a sample
	for axis := 1; axis < x.Rank()-1; axis++ {
		within = append(within, axis)
	}
	if len(within) > 0 { // first, so that x keeps its shape
		x = graph.ReduceSum(x, within...)
	}
	return graph.ReduceSum(graph.Reshape(x, p.groups, p.size, x.Shape().Dim(-1)), 1)
}

// spread gives every sample the value [G,C] of its part: [N,1,...,C] of that rank.
func (p batchParts) spread(v *graph.Node, rank int) *graph.Node {
	channels := v.Shape().Dim(-1)
	dims := make([]int, rank)
	for i := range dims {
		dims[i] = 1
	}
	dims[0], dims[rank-1] = p.groups*p.size, channels
	return graph.Reshape(
		graph.BroadcastToDims(graph.Reshape(v, p.groups, 1, channels), p.groups, p.size, channels), dims...,
	)
}

// track moves the running statistics toward those of a batch.
func (n *batchNorm) track(batch batchStatistics) {
	follow := func(running *model.Variable, value *graph.Node) {
		kept := graph.MulScalar(running.NodeValue(value), 1-n.momentum)
		running.SetNodeValue(graph.Add(kept, graph.MulScalar(graph.StopGradient(value), n.momentum)))
	}
	follow(n.runningMean, batch.mean)
	follow(n.runningVar, batch.variance)
}

// hasBatchNorm reports whether the backend computes batch normalization and its gradient itself.
func hasBatchNorm(backend compute.Backend) bool {
	operations := backend.Capabilities().Operations
	return operations[compute.OpTypeBatchNormForTraining] && operations[compute.OpTypeBatchNormGradient]
}

// LayerNormConfig is the configuration of [LayerNorm].
type LayerNormConfig struct {
	Epsilon float64 // 0 means 1e-5, PyTorch's default; vision transformers use 1e-6
}

// Standardize is [LayerNorm] without weight and bias, with an epsilon of 1e-5.
func Standardize(x *graph.Node) *graph.Node {
	return gomlx.LayerNorm(x, []int{-1}, 1e-5, nil, nil, nil)
}

// LayerNorm normalizes the vectors along the last axis by their mean and biased
// variance (Ba et al. 2016, arXiv:1607.06450). Variables: weight and bias, [D].
func LayerNorm(scope *model.Scope, x *graph.Node, cfg LayerNormConfig) *graph.Node {
	defer locate(scope, "layer norm")
	g, width := x.Graph(), x.Shape().Dim(-1)
	weight := Parameter(scope, g, "weight", Ones, width)
	bias := Parameter(scope, g, "bias", Zeros, width)
	return gomlx.LayerNorm(x, []int{-1}, cmp.Or(cfg.Epsilon, 1e-5), weight, bias, nil)
}
