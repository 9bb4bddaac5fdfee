package backbones

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// transformer is a stack of encoder blocks.
type transformer struct {
	layers int
	block  nn.BlockConfig // of each; its DropPath is the last one's, linear in depth from 0
}

func (tr transformer) apply(scope *model.Scope, z *graph.Node, observe observer) *graph.Node {
	for i := range tr.layers {
		block := tr.block
		block.DropPath = 0
		if tr.layers > 1 {
			block.DropPath = tr.block.DropPath * float64(i) / float64(tr.layers-1)
		}
		z = nn.TransformerBlock(scope.At("%d", i), z, block)
		observe(fmt.Sprintf("blocks.%d", i), z)
	}
	return z
}

// attentionWeights are those of a block for its input z [N,L,D]: [N,L,heads,L].
func (tr transformer) attentionWeights(scope *model.Scope, z *graph.Node) *graph.Node {
	normed := nn.LayerNorm(scope.At("norm1"), z, nn.LayerNormConfig{Epsilon: tr.block.Epsilon})
	return nn.AttentionWeights(scope.At("attn"), normed, tr.block.Attention())
}
