package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// winogradKernelGrad is the kernel gradient of a 3×3 convolution with stride 1
// as F(3×3, m×m): the transpose of the forward algorithm of winograd. Blocks of
// x and of dy are transformed, the outer products of their channels are summed
// over all blocks frequency by frequency, and the sums transformed back.
//
// |error| ≤ E·2⁻²⁴·max|x|·Σ|dy| over the pixels of the output channel, with
// E = 4 for m = 2 and E = 60 for m = 4. The factors are measured, not proven.
type winogradKernelGrad struct {
	blockGrid
	set   micro.Set
	spec  Spec
	outH  int
	outW  int
	batch int     // blocks that are multiplied together
	pairs []int32 // of micro.Outer: block i with block i
}

const (
	// winogradGradCache bounds the transformed images of a batch, in elements.
	winogradGradCache = 1 << 20
	// winogradGradBlocks is the least number of blocks of a batch.
	winogradGradBlocks = 64
)

// newWinogradKernelGrad returns a plan, or nil if the direct algorithm is faster or the only one.
func newWinogradKernelGrad(s Spec) *winogradKernelGrad {
	g := planWinogradKernelGrad(s)
	if g == nil {
		return nil
	}
	g.m = g.choose()
	if g.m == 0 {
		return nil
	}
	g.divide()
	return g
}

// planWinogradKernelGrad returns a plan without the size of its blocks, or nil
// if the convolution is not of the kind.
func planWinogradKernelGrad(s Spec) *winogradKernelGrad {
	set := micro.For(cpu.Tier())
	if !s.suitsWinograd(set.Level, blockChannels) {
		return nil
	}
	return &winogradKernelGrad{blockGrid: blockGrid{n: s.N}, set: set, spec: s, outH: s.OutH(), outW: s.OutW()}
}

// choose returns the size of the blocks, or 0 for the direct algorithm, by
// counting cycles of the vector units.
func (g *winogradKernelGrad) choose() int {
	lanes := float64(g.set.Lanes)
	c, o := float64(g.spec.C), float64(g.spec.O)
	best, size := g.spec.Flops()/2/lanes, 0
	for _, m := range []int{2, 4} {
		blocks := float64(g.n * ceil(g.outH, m) * ceil(g.outW, m))
		f := float64((m + 2) * (m + 2))
		cost := f*blocks*c*o/lanes*1.1 +
			f*blocks*(c+o)/lanes*imageCycles +
			f*c*o/lanes*kernelCycles
		if cost < best*0.9 {
			best, size = cost, m
		}
	}
	return size
}

func (g *winogradKernelGrad) divide() {
	g.cover(g.outH, g.outW)
	g.batch = max(winogradGradBlocks, winogradGradCache/(g.frequencies()*(g.spec.C+g.spec.O)))
	g.batch = min(g.batch, g.blocks())
	g.pairs = make([]int32, 2*g.batch)
	for i := range g.pairs {
		g.pairs[i] = int32(i / 2 * blockChannels)
	}
}

// Scratch: transformed x [frequency][channel block][block][16] and dy, likewise;
// and the sums [frequency][C][O].
func (g *winogradKernelGrad) matrix(channels int) int { return g.batch*channels + skew }

func (g *winogradKernelGrad) sums() int { return g.spec.C*g.spec.O + skew }

func (g *winogradKernelGrad) scratchSize(int) int {
	return g.frequencies() * (g.matrix(g.spec.C) + g.matrix(g.spec.O) + g.sums())
}

func (g *winogradKernelGrad) kernelGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	s := g.spec
	take := func(n int) (part []float32) {
		part, scratch = scratch[:n], scratch[n:]
		return part
	}
	xs := take(g.frequencies() * g.matrix(s.C))
	dys := take(g.frequencies() * g.matrix(s.O))
	sums := take(g.frequencies() * g.sums())

	const chunk = 16 // blocks of an item that transforms
	for first := 0; first < g.blocks(); first += g.batch {
		n := min(g.batch, g.blocks()-first)
		chunks := ceil(n, chunk)
		p.Run(2*chunks, func(item, _ int) {
			from, to := item%chunks*chunk, min((item%chunks+1)*chunk, n)
			if item < chunks {
				g.transform(micro.InputStep, xs, images{x, s.H, s.W, s.C}, first, from, to, g.m+2, s.PadTop, s.PadLeft)
			} else {
				g.transform(micro.GradientStep, dys, images{dy, g.outH, g.outW, s.O}, first, from, to, g.m, 0, 0)
			}
		})
		columns := s.O / blockChannels
		p.Run(g.frequencies()*columns, func(item, _ int) {
			g.multiply(sums, xs, dys, item/columns, item%columns, n, first == 0)
		})
	}
	const vectors = 256 // of an item
	total := s.C * s.O / g.set.Lanes
	p.Run(ceil(total, vectors), func(item, _ int) {
		g.back(dw, sums, item*vectors, min((item+1)*vectors, total))
	})
}

// transform transforms the blocks [from, to) of a batch, squares of that side.
func (g *winogradKernelGrad) transform(step micro.Step, out []float32, in images, first, from, to, side, padTop, padLeft int) {
	var tmp [micro.TransformTmp]float32
	matrix := g.matrix(in.c)
	t := micro.Transform{
		Tmp: &tmp[0], Count: blockChannels / g.set.Lanes, SrcStep: 4 * g.set.Lanes, DstStep: 4 * g.set.Lanes,
		DstCol: 4 * matrix, DstRow: 4 * (g.m + 2) * matrix,
	}
	var patch [36 * blockChannels]float32
	for c := 0; c < in.c; c += blockChannels {
		for block := from; block < to; block++ {
			image, y, x := g.place(first + block)
			t.Src, t.SrcRow, t.SrcCol = in.block(image, y-padTop, x-padLeft, side, c, blockChannels, patch[:])
			t.Dst = &out[c*g.batch+block*blockChannels]
			g.set.Winograd(step, g.m, &t)
		}
	}
}

// multiply sums the outer products of n blocks at frequency f for 16 columns.
func (g *winogradKernelGrad) multiply(sums, xs, dys []float32, f, column, n int, overwrite bool) {
	s := g.spec
	o := column * blockChannels
	sums = sums[f*g.sums():]
	arg := micro.Outer{
		Pairs: &g.pairs[0], Count: n, LDC: 4 * s.O, Columns: blockChannels,
		B: &dys[f*g.matrix(s.O)+o*g.batch],
	}
	for c := 0; c < s.C; c += blockChannels {
		if overwrite {
			for r := c; r < c+blockChannels; r++ {
				clear(sums[r*s.O+o : r*s.O+o+blockChannels])
			}
		}
		for r := 0; r < blockChannels; {
			arg.A = &xs[f*g.matrix(s.C)+c*g.batch+r]
			arg.C = &sums[(c+r)*s.O+o]
			r += g.set.RunOuter(&arg, blockChannels-r)
		}
	}
}

// back transforms the vectors [from, to) of the sums to dw.
func (g *winogradKernelGrad) back(dw, sums []float32, from, to int) {
	var tmp [micro.TransformTmp]float32
	tap := 4 * g.spec.C * g.spec.O
	g.set.Winograd(micro.KernelGradientStep, g.m, &micro.Transform{
		Src: &sums[from*g.set.Lanes], SrcCol: 4 * g.sums(), SrcRow: 4 * (g.m + 2) * g.sums(), SrcStep: 4 * g.set.Lanes,
		Dst: &dw[from*g.set.Lanes], DstCol: tap, DstRow: 3 * tap, DstStep: 4 * g.set.Lanes,
		Tmp: &tmp[0], Count: to - from,
	})
}
