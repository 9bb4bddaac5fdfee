package engine_test

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/nn"
	"pgregory.net/rapid"
)

// weights are numbers between -1 and 1 that do not repeat soon.
func weights(g *graph.Graph, dims ...int) *graph.Node {
	flat := graph.IotaFull(g, float(float(dims...).Size()))
	return graph.Reshape(graph.Sin(graph.MulScalar(flat, 1.7)), dims...)
}

func drawDense(t *rapid.T, p *program, s step) {
	if s.shape.Rank() < 2 {
		return
	}
	in := s.shape.Dimensions[s.shape.Rank()-1]
	out := rapid.SampledFrom([]int{1, 3, 8, 17}).Draw(t, "outputs")
	act := rapid.SampledFrom(
		[]activation.Type{activation.TypeNone, activation.TypeRelu, activation.TypeGelu, activation.TypeTanh},
	).Draw(t, "activation")
	bias := rapid.Bool().Draw(t, "bias")
	dims := append(slices.Clone(s.shape.Dimensions[:s.shape.Rank()-1]), out)
	p.add(fmt.Sprint("dense ", act), float(dims...), func(n []*graph.Node) *graph.Node {
		g := n[0].Graph()
		var b *graph.Node
		if bias {
			b = weights(g, out)
		}
		return nn.Dense(graph.MulScalar(n[s.x], 0.2), weights(g, in, out), b, compute.DenseLayoutInputOutputs, act)
	})
}

// drawAttention attends from x to y, or to itself, packed as a projection would leave it; the axes are taken as batch,
// places, heads and width, or with heads before places.
func drawAttention(t *rapid.T, p *program, s step) {
	if s.shape.Rank() != 4 || s.shape.Size() > 20_000 {
		return
	}
	layout := rapid.SampledFrom([]attention.AxesLayout{attention.LayoutBSHD, attention.LayoutBHSD}).Draw(t, "layout")
	places, heads := s.shape.Dimensions[1], s.shape.Dimensions[2]
	scores := []int{1, places, 1, places} // of the mask
	if layout == attention.LayoutBHSD {
		places, heads = heads, places
		scores = []int{1, 1, places, places}
	}
	if s.shape.Dimensions[0]*heads*places*places > 200_000 {
		return
	}
	kind := rapid.SampledFrom([]string{"all", "causal", "mask", "bias"}).Draw(t, "kind")
	period := rapid.IntRange(1, 3).Draw(t, "period")
	packed := rapid.Bool().Draw(t, "packed")
	p.add(fmt.Sprint("attention ", kind, period, layout, packed), s.shape, func(n []*graph.Node) *graph.Node {
		g := n[0].Graph()
		options := attention.CoreOptions{UseCausalMask: kind == "causal"}
		grid := float(places, places)
		switch kind {
		case "mask":
			at := graph.ConvertDType(graph.Add(graph.MulScalar(graph.Iota(g, grid, 0), 2), graph.Iota(g, grid, 1)), dtypes.Int32)
			allowed := graph.NotEqual(graph.ModScalar(at, period), graph.ScalarOne(g, dtypes.Int32)) // some of every row
			options.AttentionMask = graph.Reshape(allowed, scores...)
		case "bias":
			options.AttentionMask = graph.Reshape(weights(g, places, places), scores...)
		}
		parts := []*graph.Node{n[s.x], n[s.y], graph.Tanh(n[s.y])}
		if packed {
			whole := graph.Stack(parts, 2)
			for i := range parts {
				all := graph.AxisRange()
				parts[i] = graph.Squeeze(graph.Slice(whole, all, all, graph.AxisElem(i)), 2)
			}
		}
		y, _ := attention.Core(parts[0], parts[1], parts[2], layout, options)
		return y
	})
}

// drawDot contracts one or two axes of x and y, with others as batch axes.
func drawDot(t *rapid.T, p *program, s step) {
	rank := s.shape.Rank()
	if rank < 2 || s.shape.Size() > 50_000 {
		return
	}
	order := rapid.Permutation(seq(rank)).Draw(t, "axes")
	contracted := rapid.IntRange(1, min(2, rank-1)).Draw(t, "contracted")
	batch := rapid.IntRange(0, min(2, rank-contracted)).Draw(t, "batch")
	c, b, rest := order[:contracted], order[contracted:contracted+batch],
		slices.Sorted(slices.Values(order[contracted+batch:]))
	var dims []int
	for _, axes := range [][]int{b, rest, rest} {
		for _, a := range axes {
			dims = append(dims, s.shape.Dimensions[a])
		}
	}
	flops := float(dims...).Size()
	for _, a := range c {
		flops *= s.shape.Dimensions[a]
	}
	if float(dims...).Size() > 40_000 || flops > 2_000_000 {
		return
	}
	p.add(fmt.Sprintf("dot %v batch %v", c, b), float(dims...), func(n []*graph.Node) *graph.Node {
		return graph.MulScalar(graph.Dot(n[s.x], n[s.y]).General(c, b, c, b), 0.1)
	})
}
