package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// BlockConfig is the configuration of [TransformerBlock].
type BlockConfig struct {
	Heads      int        // attention heads, which divide the width
	Hidden     int        // width of the MLP's hidden layer
	Epsilon    float64    // of the layer norms; 0 means 1e-5
	Activation Activation // of the MLP
	// Gated doubles the MLP's first layer: the activation of its first half multiplies the second (Shazeer 2020,
	// arXiv:2002.05202); with [SiLU] it is SwiGLU.
	Gated    bool
	Causal   bool // as in [AttentionConfig]
	Relative bool // as in [AttentionConfig]
	// DropPath is the probability that a branch of a sample is dropped while training; see [DropPath].
	DropPath float64
	// LayerScale is what factors of every branch's channels start at, which are
	// trained (Touvron et al. 2021, arXiv:2103.17239, §2.2); 0 for none.
	LayerScale float64
	// Visible are the tokens that others may attend to, [N,L] bool; nil for all.
	Visible *graph.Node
	Rotary  *Rotation // as in [AttentionConfig]
	Init    BlockInit
}

// BlockInit says how the weights of a block start; nil fields are PyTorch's defaults.
type BlockInit struct {
	QKV, Proj, FC1, FC2 Init
	Bias                Init // of the MLP
}

// ByDepth divides what the branches of block layer, counted from 0, end with by
// √(2·(layer+1)), as BEiT does (Bao et al. 2022, arXiv:2106.08254, §2.5).
func (b BlockInit) ByDepth(layer int) BlockInit {
	factor := float32(1 / math.Sqrt(2*float64(layer+1)))
	b.Proj, b.FC2 = scaled(b.Proj, factor), scaled(b.FC2, factor)
	return b
}

// TransformerBlock is a pre-norm encoder block of the tokens z [N,L,D],
//
//	z' = MSA(LN(z)) + z
//	z  = MLP(LN(z')) + z'
//
// as equations 2 and 3 of the vision transformer have it (Dosovitskiy et al.
// 2021, arXiv:2010.11929). Variables: norm1, attn, norm2, mlp/fc1, mlp/fc2, and
// with LayerScale ls1/gamma and ls2/gamma, [D].
func TransformerBlock(scope *model.Scope, z *graph.Node, cfg BlockConfig) *graph.Node {
	norm := LayerNormConfig{Epsilon: cfg.Epsilon}
	branch := SelfAttention(scope.At("attn"), LayerNorm(scope.At("norm1"), z, norm), cfg.Attention())
	z = graph.Add(z, DropPath(scope, cfg.scale(scope.At("ls1"), branch), cfg.DropPath))
	mlp, width := scope.At("mlp"), z.Shape().Dim(-1)
	branch = LayerNorm(scope.At("norm2"), z, norm)
	branch = cfg.hidden(mlp.At("fc1"), branch)
	branch = Linear(mlp.At("fc2"), branch, width, LinearConfig{Weight: cfg.Init.FC2, Bias: cfg.Init.Bias})
	return graph.Add(z, DropPath(scope, cfg.scale(scope.At("ls2"), branch), cfg.DropPath))
}

// hidden is the MLP's hidden layer.
func (cfg BlockConfig) hidden(scope *model.Scope, x *graph.Node) *graph.Node {
	linear := LinearConfig{Weight: cfg.Init.FC1, Bias: cfg.Init.Bias}
	if !cfg.Gated {
		return cfg.Activation(Linear(scope, x, cfg.Hidden, linear))
	}
	both := Linear(scope, x, 2*cfg.Hidden, linear)
	gate := graph.Slice(both, graph.AxisRange().Spacer(), graph.AxisRangeFromStart(cfg.Hidden))
	value := graph.Slice(both, graph.AxisRange().Spacer(), graph.AxisRangeToEnd(cfg.Hidden))
	return graph.Mul(cfg.Activation(gate), value)
}

// Attention is the configuration of the block's attention.
func (cfg BlockConfig) Attention() AttentionConfig {
	return AttentionConfig{
		Heads: cfg.Heads, Causal: cfg.Causal, Relative: cfg.Relative, Visible: cfg.Visible, Rotary: cfg.Rotary,
		QKV: cfg.Init.QKV, Out: cfg.Init.Proj,
	}
}

func (cfg BlockConfig) scale(scope *model.Scope, branch *graph.Node) *graph.Node {
	if cfg.LayerScale == 0 {
		return branch
	}
	gamma := Parameter(scope, branch.Graph(), "gamma", Constant(cfg.LayerScale), branch.Shape().Dim(-1))
	return graph.Mul(branch, graph.ExpandLeftToRank(gamma, branch.Rank()))
}
