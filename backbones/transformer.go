package backbones

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// transformer is a stack of pre-norm encoder blocks, each
//
//	z' = MSA(LN(z)) + z
//	z  = MLP(LN(z')) + z'
//
// as equations 2 and 3 of the vision transformer have it (Dosovitskiy et al.
// 2021, arXiv:2010.11929).
type transformer struct {
	layers, heads, hidden int
	epsilon               float64
	activation            nn.Activation
	causal, relative      bool
	dropPath              float64 // of the last block; linear in depth from 0
	init                  transformerInit
}

// transformerInit says how the weights of a block start; nil fields are PyTorch's defaults.
type transformerInit struct {
	qkv, proj, fc1, fc2 nn.Init
	bias                nn.Init // of the MLP
}

func (tr transformer) apply(scope *model.Scope, z *graph.Node, observe observer) *graph.Node {
	for i := range tr.layers {
		drop := 0.0
		if tr.layers > 1 {
			drop = tr.dropPath * float64(i) / float64(tr.layers-1)
		}
		z = tr.block(scope.At("%d", i), z, drop)
		observe(fmt.Sprintf("blocks.%d", i), z)
	}
	return z
}

func (tr transformer) block(scope *model.Scope, z *graph.Node, drop float64) *graph.Node {
	norm := nn.LayerNormConfig{Epsilon: tr.epsilon}
	branch := nn.SelfAttention(scope.At("attn"), nn.LayerNorm(scope.At("norm1"), z, norm), tr.attention())
	z = graph.Add(z, nn.DropPath(scope, branch, drop))
	mlp, width := scope.At("mlp"), z.Shape().Dim(-1)
	branch = nn.LayerNorm(scope.At("norm2"), z, norm)
	branch = tr.activation(nn.Linear(mlp.At("fc1"), branch, tr.hidden, nn.LinearConfig{Weight: tr.init.fc1, Bias: tr.init.bias}))
	branch = nn.Linear(mlp.At("fc2"), branch, width, nn.LinearConfig{Weight: tr.init.fc2, Bias: tr.init.bias})
	return graph.Add(z, nn.DropPath(scope, branch, drop))
}

func (tr transformer) attention() nn.AttentionConfig {
	return nn.AttentionConfig{Heads: tr.heads, Causal: tr.causal, Relative: tr.relative, QKV: tr.init.qkv, Out: tr.init.proj}
}

// attentionWeights are those of a block for its input z [N,L,D]: [N,L,heads,L].
func (tr transformer) attentionWeights(scope *model.Scope, z *graph.Node) *graph.Node {
	normed := nn.LayerNorm(scope.At("norm1"), z, nn.LayerNormConfig{Epsilon: tr.epsilon})
	return nn.AttentionWeights(scope.At("attn"), normed, tr.attention())
}
