package backbones

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Transparent is a vision transformer that can be looked into. Its functions
// build graphs and panic with what is wrong, as layers do.
type Transparent interface {
	// ClassAttention returns how much the class token attends to every patch of
	// images [N,H,W,C] in a block, by head: [N,heads,rows,columns], at least 0 and,
	// together with what it attends to itself, 1 in sum. Blocks are counted from 1;
	// 0 is the last. (Caron et al. 2021, arXiv:2104.14294, figures 1 and 3.)
	ClassAttention(scope *model.Scope, images *graph.Node, block int) *graph.Node
	// PositionSimilarities returns the cosine similarities of each patch's
	// position embedding with every other's, [patches,patches]. Embeddings of
	// distances have the similarity of the two patches' distance with the distance
	// 0, the mean over the blocks. (Dosovitskiy et al. 2021, arXiv:2010.11929,
	// figure 7.)
	PositionSimilarities(scope *model.Scope, g *graph.Graph) *graph.Node
	// Anatomy says what there is to look at.
	Anatomy() Anatomy
}

// Anatomy is what a vision transformer consists of.
type Anatomy struct {
	Blocks        int
	ClassToken    bool
	Positions     string // the kind of its position embeddings; none for none
	Rows, Columns int    // of patches of the images that it is made for
}

// ClassAttention implements [Transparent].
func (v *viT) ClassAttention(scope *model.Scope, images *graph.Node, block int) *graph.Node {
	if err := v.Anatomy().CheckBlock(block); err != nil {
		exceptions.Panicf("%v", err)
	}
	at := block - 1
	if block == 0 {
		at = v.encoder.layers - 1
	}
	before := "tokens"
	switch {
	case at > 0:
		before = fmt.Sprintf("blocks.%d", at-1)
	case v.preNorm:
		before = "norm_pre"
	}
	var z *graph.Node
	v.encode(scope, images, framework.Masking{}, func(name string, node *graph.Node) {
		if name == before {
			z = node
		}
	})
	encoder, rows, columns := v.encoder, images.Shape().Dim(1)/v.patch, images.Shape().Dim(2)/v.patch
	encoder.block.Rotary = v.rotary(images.Graph(), rows, columns, nil)
	weights := encoder.attentionWeights(scope.At("blocks").At("%d", at), z) // [N,queries,heads,keys]
	ofClass := graph.Squeeze(
		graph.Slice(weights, graph.AxisRange(), graph.AxisElem(0), graph.AxisRange(), graph.AxisRangeToEnd(1+v.registers)), 1,
	)
	return graph.Reshape(ofClass, images.Shape().Dim(0), encoder.block.Heads, rows, columns)
}

// Anatomy implements [Transparent].
func (v *viT) Anatomy() Anatomy {
	return Anatomy{
		Blocks: v.encoder.layers, ClassToken: v.classTokens() > 0, Positions: v.positions, Rows: v.native, Columns: v.native,
	}
}

// CheckBlock says why [Transparent.ClassAttention] can't look into a block.
func (a Anatomy) CheckBlock(block int) error {
	if !a.ClassToken {
		return errors.New("the network has no class token (its pooling is mean-without-token)")
	}
	if block < 0 || block > a.Blocks {
		return fmt.Errorf("block %d of a network with %d: expected 1 to %[2]d, or 0 for the last", block, a.Blocks)
	}
	return nil
}

// CheckPositions says why [Transparent.PositionSimilarities] can't look at the positions.
func (a Anatomy) CheckPositions() error {
	if a.Positions == rotaryPositions {
		return fmt.Errorf("the network turns queries and keys (positions: %s) and has no embeddings of positions",
			rotaryPositions)
	}
	if a.Positions == noPositions {
		return fmt.Errorf("the network has no position embeddings (positions: %s)", noPositions)
	}
	return nil
}

// PositionSimilarities implements [Transparent].
func (v *viT) PositionSimilarities(scope *model.Scope, g *graph.Graph) *graph.Node {
	class, patches := v.classTokens(), v.native*v.native
	if err := v.Anatomy().CheckPositions(); err != nil {
		exceptions.Panicf("%v", err)
	}
	if v.positions == relativePositions {
		return v.distanceSimilarities(scope.At("blocks"), g, class+patches, patches)
	}
	none := graph.BroadcastToDims(graph.Const(g, float32(0)), 1, class+patches, v.width)
	table := graph.Squeeze(addPositions(scope, v.positions, none, v.native, v.native, v.native, v.init.positions), 0)
	unit := nn.L2Normalize(graph.Slice(table, graph.AxisRangeToEnd(class)))
	return graph.Einsum("pd,qd->pq", unit, unit)
}

// distanceSimilarities compares the embedding of the distance of two patches,
// among tokens of that number, with that of the distance 0.
func (v *viT) distanceSimilarities(blocks *model.Scope, g *graph.Graph, tokens, patches int) *graph.Node {
	var sum *graph.Node // [2·tokens-1]
	for i := range v.encoder.layers {
		unit := nn.L2Normalize(nn.RelativeTable(blocks.At("%d", i).At("attn"), g, tokens, v.width/v.encoder.block.Heads))
		own := graph.Slice(unit, graph.AxisElem(tokens-1))
		alike := graph.Squeeze(graph.Einsum("ad,bd->ab", unit, own), 1)
		if sum == nil {
			sum = alike
		} else {
			sum = graph.Add(sum, alike)
		}
	}
	distances := make([][][]int32, patches)
	for p := range distances {
		distances[p] = make([][]int32, patches)
		for q := range distances[p] {
			distances[p][q] = []int32{int32(p - q + tokens - 1)}
		}
	}
	return graph.Gather(graph.DivScalar(sum, float64(v.encoder.layers)), graph.Const(g, distances))
}
