package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// winogradWeightGrad is the weight gradient of a 3×3 convolution with stride 1
// as F(3×3, m×m): the transpose of the forward algorithm of winograd. Blocks of
// x and of dy are transformed, the outer products of their channels are summed
// over all blocks frequency by frequency, and the sums transformed back.
//
// |error| ≤ E·2⁻²⁴·max|x|·Σ|dy| over the pixels of the output channel, with
// E = 4 for m = 2 and E = 60 for m = 4. The factors are measured, not proven.
type winogradWeightGrad struct {
	blockGrid
	set        micro.Set
	spec       Spec
	outH, outW int
	batch      int      // blocks that are multiplied together
	pairs      []int32  // of micro.Outer: block i with block i
	parts      splitSum // a unit is a batch, the sums are [frequency][C][O]
}

const (
	// winogradGradCache is how much of the transformed images of a batch stays
	// in the second-level cache, in elements.
	winogradGradCache = 192 << 10
	// winogradGradBlocks is the most blocks of a batch.
	winogradGradBlocks = 256
)

// newWinogradWeightGrad returns a plan, or nil if the direct algorithm is faster or the only one.
func newWinogradWeightGrad(s Spec) *winogradWeightGrad {
	g := planWinogradWeightGrad(s)
	if g == nil {
		return nil
	}
	g.m = blockSize(s, g.set.Lanes, g.outH, g.outW)
	if g.m == 0 {
		return nil
	}
	g.chooseItems()
	return g
}

// planWinogradWeightGrad returns a plan without the size of its blocks, or nil
// if the convolution is not of the kind.
func planWinogradWeightGrad(s Spec) *winogradWeightGrad {
	set := micro.For(cpu.Tier())
	if !s.suitsWinograd(set.Level, blockChannels) {
		return nil
	}
	return &winogradWeightGrad{blockGrid: blockGrid{n: s.N}, set: set, spec: s, outH: s.OutH(), outW: s.OutW()}
}

// chooseItems decides how many blocks are transformed before they are multiplied: as
// many as the cache holds, or more if that is less than what the sums take.
func (g *winogradWeightGrad) chooseItems() {
	g.cover(g.outH, g.outW)
	c, o := g.spec.C, g.spec.O
	g.setBatch(min(max(winogradGradCache, g.frequencies()*c*o)/(g.frequencies()*(c+o)), winogradGradBlocks))
}

func (g *winogradWeightGrad) setBatch(blocks int) {
	g.batch = min(max(1, blocks), g.blocks())
	g.pairs = make([]int32, 2*g.batch)
	for i := range g.pairs {
		g.pairs[i] = int32(i / 2 * blockChannels)
	}
	g.parts = newSplitSum(g.frequencies()*g.matrixOfSums(), ceil(g.blocks(), g.batch), g.spec.O/blockChannels)
}

// matrixOfSums is the size of the sums at one frequency.
func (g *winogradWeightGrad) matrixOfSums() int { return g.spec.C*g.spec.O + skew }

// matrix is the size of a transformed batch at one frequency, [channel block][block][16].
func (g *winogradWeightGrad) matrix(channels int) int { return g.batch*channels + skew }

// transformed is the size of the transformed x and dy of a batch.
func (g *winogradWeightGrad) transformed() int {
	return g.frequencies() * (g.matrix(g.spec.C) + g.matrix(g.spec.O))
}

func (g *winogradWeightGrad) scratchSize(threads int) int {
	if g.transformsAllAtOnce() {
		return g.transformed() + threads*g.tileSize()
	}
	return g.partsScratch(threads)
}

func (g *winogradWeightGrad) weightGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	if g.transformsAllAtOnce() {
		g.byTiles(p, dw, x, dy, scratch)
	} else {
		g.byParts(p, dw, x, dy, scratch)
	}
}

func (g *winogradWeightGrad) partsScratch(threads int) int {
	return g.parts.size + g.parts.scratchSize() + threads*g.transformed()
}

func (g *winogradWeightGrad) byParts(p *pool.Pool, dw, x, dy, scratch []float32) {
	s := g.spec
	sums, scratch := scratch[:g.parts.size], scratch[g.parts.size:]
	own := scratch[g.parts.scratchSize():]
	size := g.transformed()
	g.parts.run(p, sums, scratch, func(sums []float32, u0, u1, o0, o1, worker int) {
		xs := own[worker*size : (worker+1)*size]
		dys := xs[g.frequencies()*g.matrix(s.C):]
		for unit := u0; unit < u1; unit++ {
			first := unit * g.batch
			n := min(g.batch, g.blocks()-first)
			g.transformX(xs, x, first, n, 0, s.C/blockChannels)
			g.transformDY(dys, dy, first, n, o0, o1)
			for f := range g.frequencies() {
				for o := o0; o < o1; o++ {
					g.multiply(g.allSums(sums), xs, dys, f, o*blockChannels, n, unit == u0)
				}
			}
		}
	})
	g.parts.addUp(p, g.set, sums, scratch)
	all := g.allSums(sums)
	rows := max(1, 1<<12/s.O) // of an item
	p.Run(ceil(s.C, rows), func(item, _ int) {
		g.inverseTransform(dw, all, item*rows, min((item+1)*rows, s.C), s.O)
	})
}

// transformX and transformDY transform n blocks from the first on, for the blocks [c0, c1) of channels.
func (g *winogradWeightGrad) transformX(xs, x []float32, first, n, c0, c1 int) {
	s := g.spec
	g.transform(micro.InputStep, xs, images{x, s.H, s.W, s.C}, first, n, g.m+2, s.PadTop, s.PadLeft, c0, c1)
}

func (g *winogradWeightGrad) transformDY(dys, dy []float32, first, n, c0, c1 int) {
	g.transform(micro.GradientStep, dys, images{dy, g.outH, g.outW, g.spec.O}, first, n, g.m, 0, 0, c0, c1)
}

// transform transforms squares of that side.
func (g *winogradWeightGrad) transform(
	step micro.Step, out []float32, in images, first, n, side, padTop, padLeft, c0, c1 int,
) {
	var tmp [micro.TransformTmp]float32
	matrix := g.matrix(in.c)
	t := micro.Transform{
		Tmp: &tmp[0], Count: blockChannels / g.set.Lanes, SrcStep: 4 * g.set.Lanes, DstStep: 4 * g.set.Lanes,
		DstCol: 4 * matrix, DstRow: 4 * (g.m + 2) * matrix,
	}
	var patch [36 * blockChannels]float32
	for block := range n {
		image, y, x := g.position(first + block)
		for c := c0 * blockChannels; c < c1*blockChannels; c += blockChannels {
			t.Src, t.SrcRow, t.SrcCol = in.block(image, y-padTop, x-padLeft, side, c, blockChannels, patch[:])
			t.Dst = &out[c*g.batch+block*blockChannels]
			g.set.Winograd(step, g.m, &t)
		}
	}
}

// sumTile is the sums of the rows [c0, c1) of C and of the columns from o0 on of O, for every frequency.
type sumTile struct {
	sums       []float32
	c0, c1, o0 int
	matrix, ld int // elements from one frequency, and from one row, to the next
}

func (g *winogradWeightGrad) allSums(sums []float32) sumTile {
	return sumTile{sums: sums, c1: g.spec.C, matrix: g.matrixOfSums(), ld: g.spec.O}
}

// multiply sums the outer products of n blocks at frequency f for 16 columns from o on.
func (g *winogradWeightGrad) multiply(t sumTile, xs, dys []float32, f, o, n int, overwrite bool) {
	sums := t.sums[f*t.matrix+o-t.o0:]
	arg := micro.Outer{
		Pairs: &g.pairs[0], Count: n, LDC: 4 * t.ld, Columns: blockChannels,
		B: &dys[f*g.matrix(g.spec.O)+o*g.batch],
	}
	for c := t.c0; c < t.c1; c += blockChannels {
		if overwrite {
			for r := c - t.c0; r < c-t.c0+blockChannels; r++ {
				clear(sums[r*t.ld : r*t.ld+blockChannels])
			}
		}
		for r := 0; r < blockChannels; {
			arg.A = &xs[f*g.matrix(g.spec.C)+c*g.batch+r]
			arg.C = &sums[(c-t.c0+r)*t.ld]
			r += g.set.OuterProduct(&arg, blockChannels-r)
		}
	}
}

// inverseTransform transforms the rows [c0, c1) of the sums to so many columns of dw.
func (g *winogradWeightGrad) inverseTransform(dw []float32, t sumTile, c0, c1, columns int) {
	var tmp [micro.TransformTmp]float32
	tap := 4 * g.spec.C * g.spec.O
	arg := micro.Transform{
		SrcCol: 4 * t.matrix, SrcRow: 4 * (g.m + 2) * t.matrix, SrcStep: 4 * g.set.Lanes,
		DstCol: tap, DstRow: 3 * tap, DstStep: 4 * g.set.Lanes,
		Tmp: &tmp[0], Count: columns / g.set.Lanes,
	}
	for c := c0; c < c1; c++ {
		arg.Src, arg.Dst = &t.sums[(c-t.c0)*t.ld], &dw[c*g.spec.O+t.o0]
		g.set.Winograd(micro.WeightGradientStep, g.m, &arg)
	}
}
