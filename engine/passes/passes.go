// Package passes improves graphs. Each pass is a function of a graph that leaves its results unchanged, up to rounding
// where its comment says so. Run applies them in order.
package passes

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/fuse"
)

// Run applies all passes.
func Run(g *ir.Graph) {
	DeadCode(g)
	ForwardIdentities(g)
	FoldConstants(g)
	CommonSubexpressions(g)
	Simplify(g)
	RecognizeConvGradients(g)
	MergeGroupedConvGradients(g)
	MomentsOfParts(g)
	PackAttention(g)
	CommonSubexpressions(g)
	TransposeProducts(g)
	RecognizeGelu(g)
	DeadCode(g)
	fuse.Fuse(g)
	CombineBatchNorm(g)
	DeadCode(g)
	FuseEpilogues(g)
	WeightGradientsFirst(g)
	GroupUpdates(g)
}
