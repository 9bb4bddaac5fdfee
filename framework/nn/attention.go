package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// AttentionConfig is the configuration of [SelfAttention].
type AttentionConfig struct {
	Heads    int  // divides the width
	Causal   bool // a token sees itself and those before it
	Relative bool // scores also count the query's product with an embedding of the distance (Dosovitskiy et al. 2021, D.4)
	// Visible are the tokens that others may attend to, [N,L] bool, at least one of a row; nil for all.
	Visible *graph.Node
	// Rotary has what turns queries and keys by their place, see [Rotate]; nil for nothing.
	Rotary *Rotation
	QKV    Init // of the packed projection's weight; nil: XavierUniform(1), PyTorch's default. Its bias starts at 0.
	Out    Init // of the output projection's weight; nil: PyTorch's default for linear layers. Its bias starts at 0.
}

// SelfAttention is multi-head self-attention (Vaswani et al. 2017,
// arXiv:1706.03762, §3.2.2) of the tokens x [N,L,D]; scores are scaled by
// 1/√(D/heads). Variables: qkv/weight [D,3D], packed as queries, keys, values;
// qkv/bias [3D]; proj/weight [D,D]; proj/bias [D]; if relative, relative
// [2L-1,D/heads], the embeddings of the distances from 1-L to L-1.
func SelfAttention(scope *model.Scope, x *graph.Node, cfg AttentionConfig) *graph.Node {
	defer locate(scope, "self-attention")
	query, key, value, options := attended(scope, x, cfg)
	mixed, _ := attention.Core(query, key, value, attention.LayoutBSHD, options)
	batch, length, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	return Linear(
		scope.At("proj"), graph.Reshape(mixed, batch, length, width), width, LinearConfig{Weight: cfg.Out, Bias: Zeros},
	)
}

// AttentionWeights are the weights by which [SelfAttention] of the same scope
// and configuration mixes the tokens x [N,L,D]: [N,L,heads,L], for each token,
// in each head, those of all tokens, which sum to 1.
func AttentionWeights(scope *model.Scope, x *graph.Node, cfg AttentionConfig) *graph.Node {
	defer locate(scope, "self-attention")
	query, key, value, options := attended(scope, x, cfg)
	options.DisableFusion = true // fused operations don't tell the weights
	_, weights := attention.Core(query, key, value, attention.LayoutBSHD, options)
	return weights
}

// attended projects the tokens to queries, keys and values, [N,L,heads,D/heads].
func attended(
	scope *model.Scope, x *graph.Node, cfg AttentionConfig,
) (query, key, value *graph.Node, options attention.CoreOptions) {
	x.AssertRank(3)
	batch, length, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	if cfg.Heads < 1 || width%cfg.Heads != 0 {
		exceptions.Panicf("%d heads do not divide a width of %d", cfg.Heads, width)
	}
	packed := Linear(scope.At("qkv"), x, 3*width, LinearConfig{
		Weight: orDefault(cfg.QKV, XavierUniform(1)), Bias: Zeros,
	})
	packed = graph.Reshape(packed, batch, length, 3, cfg.Heads, width/cfg.Heads)
	part := func(i int) *graph.Node {
		all := graph.AxisRange()
		return graph.Squeeze(graph.Slice(packed, all, all, graph.AxisElem(i)), 2)
	}
	query, key, options = part(0), part(1), attention.CoreOptions{UseCausalMask: cfg.Causal}
	if cfg.Rotary != nil {
		query, key = cfg.Rotary.apply(query), cfg.Rotary.apply(key)
	}
	if cfg.Relative {
		options.AttentionBias = relativeScores(scope, query)
		options.DisableFusion = true // the fused gradient leaves the bias out
	}
	if cfg.Visible != nil {
		options.AttentionMask = graph.Reshape(cfg.Visible, batch, 1, 1, length)
		options.DisableFusion = true
	}
	return query, key, part(2), options
}

// Attend is scaled dot-product attention: the queries [N,Q,heads,D] become
// mixtures, [N,Q,heads,D], of the values [N,L,heads,D], weighted by the softmax
// of their products with the keys [N,L,heads,D] over √D.
func Attend(query, key, value *graph.Node) *graph.Node {
	mixed, _ := attention.Core(query, key, value, attention.LayoutBSHD, attention.CoreOptions{})
	return mixed
}

// relativeScores is the scaled product of the queries [N,L,heads,D] with the
// embeddings of the distances to the keys, [N,heads,L,L].
func relativeScores(scope *model.Scope, query *graph.Node) *graph.Node {
	g, length, width := query.Graph(), query.Shape().Dim(1), query.Shape().Dim(3)
	table := RelativeTable(scope, g, length, width)
	distances := make([][][]int32, length)
	for q := range distances {
		distances[q] = make([][]int32, length)
		for k := range distances[q] {
			distances[q][k] = []int32{int32(q - k + length - 1)}
		}
	}
	scores := graph.Einsum("nqhd,qkd->nhqk", query, graph.Gather(table, graph.Const(g, distances)))
	return graph.MulScalar(scores, 1/math.Sqrt(float64(width)))
}

// RelativeTable has the embeddings of the distances between tokens that
// [SelfAttention] of that scope has if it is relative: [2·tokens-1, width of a
// head], from 1-tokens to tokens-1.
func RelativeTable(scope *model.Scope, g *graph.Graph, tokens, width int) *graph.Node {
	return Parameter(scope, g, "relative", TruncatedNormal(0.02), 2*tokens-1, width)
}
