package gemm

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *Plan) ScratchSize(threads int) int {
	size := g.productScratch(threads)
	if g.rounded != nil {
		size += g.rounded.size()
	}
	return size
}

// productScratch is the scratch without that of rounded operands.
func (g *Plan) productScratch(threads int) int {
	if g.splitK != nil {
		return g.splitK.scratchSize(g.spec, threads)
	}
	if g.workerPerProduct {
		return threads * (g.sharedScratch() + g.packedASize())
	}
	return g.sharedScratch() + threads*g.packedASize()
}

// sharedScratch is the size of the scratch that the items of a product share: copies of A and B.
func (g *Plan) sharedScratch() int {
	size := g.transposedASize()
	if !g.readsBInPlace {
		size += g.kc * g.set.PaddedColumns(g.spec.N)
	}
	return size
}

// transposedASize is the size of the copy of all rows of a transposed A.
func (g *Plan) transposedASize() int {
	if !g.spec.TransA || g.packsA {
		return 0
	}
	return g.spec.M * g.kc
}

// packedASize is the size of what an item packs of A, in whole cache lines.
func (g *Plan) packedASize() int {
	const line, beyond = 16, 2 // PackA writes beyond the end
	if !g.packsA {
		return 0
	}
	return ceil(g.itemTiles*g.set.MR*g.kc+beyond, line) * line
}
