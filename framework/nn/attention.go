package nn

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// AttentionConfig is the configuration of [SelfAttention].
type AttentionConfig struct {
	Heads  int         // divides the width
	Causal bool        // a token sees itself and those before it
	Bias   *graph.Node // added to the scores before the softmax, [1 or N, heads, L, L]; nil for none
	NoBias bool        // no bias in the projection to queries, keys and values
	QKV    Init        // of the packed projection's weight; nil: XavierUniform(1), PyTorch's default. Its bias starts at 0.
	Out    Init        // of the output projection's weight; nil: PyTorch's default for linear layers. Its bias starts at 0.
}

// SelfAttention is multi-head self-attention (Vaswani et al. 2017,
// arXiv:1706.03762, §3.2.2) of the tokens x [N,L,D]; scores are scaled by
// 1/√(D/heads). Variables: qkv/weight [D,3D], packed as queries, keys, values;
// qkv/bias [3D]; proj/weight [D,D]; proj/bias [D].
func SelfAttention(scope *model.Scope, x *graph.Node, cfg AttentionConfig) *graph.Node {
	defer locate(scope, "self-attention")
	x.AssertRank(3)
	batch, length, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	if cfg.Heads < 1 || width%cfg.Heads != 0 {
		exceptions.Panicf("%d heads do not divide a width of %d", cfg.Heads, width)
	}
	packed := Linear(scope.At("qkv"), x, 3*width, LinearConfig{
		NoBias: cfg.NoBias, Weight: orDefault(cfg.QKV, XavierUniform(1)), Bias: Zeros,
	})
	packed = graph.Reshape(packed, batch, length, 3, cfg.Heads, width/cfg.Heads)
	part := func(i int) *graph.Node {
		all := graph.AxisRange()
		return graph.Squeeze(graph.Slice(packed, all, all, graph.AxisElem(i)), 2)
	}
	mixed, _ := attention.Core(part(0), part(1), part(2), attention.LayoutBSHD, attention.CoreOptions{
		UseCausalMask: cfg.Causal, AttentionBias: cfg.Bias,
	})
	return Linear(scope.At("proj"), graph.Reshape(mixed, batch, length, width), width, LinearConfig{Weight: cfg.Out, Bias: Zeros})
}
