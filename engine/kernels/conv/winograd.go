package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// winograd is a 3×3 convolution with stride 1, forward or backward to its
// input, by Winograd's minimal filtering F(m×m, 3×3): blocks of m+2 by m+2 input
// pixels are transformed, multiplied frequency by frequency with the
// transformed kernel as matrices, and transformed back to m×m output pixels
// (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016,
// arXiv:1509.09308). It saves 2.25 (m = 2) or 4 (m = 4) of the multiplications.
//
// The error of an output is relative to the largest sums, not to its own:
// |error| ≤ E·2⁻²⁴·max|x|·Σ|w| over the kernel of its channel, with E = 4 for
// m = 2 and E = 60 for m = 4. The factors are measured (0.5 and 12 at worst in
// the tests), not proven.
type winograd struct {
	blockGrid
	set             micro.Set
	k, o            int // channels read and written
	inH, inW        int
	outH, outW      int
	padTop, padLeft int

	batch      int // blocks that are multiplied together
	taps, rows []int32
}

const (
	// winogradCache is how much of the transformed input and output of a batch
	// stays in the second-level cache, in elements.
	winogradCache = 192 << 10
	// minWinogradBlocks and maxWinogradBlocks bound the blocks of a batch: every
	// batch reads the transformed kernel.
	minWinogradBlocks, maxWinogradBlocks = 32, 64
)

// newWinograd returns a plan, or nil if the direct algorithm is faster or the only one.
func newWinograd(s Spec, backward bool) *winograd {
	w := planWinograd(s, backward)
	if w == nil {
		return nil
	}
	w.m = blockSize(s, w.set.Lanes, w.outH, w.outW)
	if w.m == 0 {
		return nil
	}
	w.chooseItems(s.Threads)
	return w
}

// planWinograd returns a plan without the size of its blocks, or nil if the
// convolution is not of the kind.
func planWinograd(s Spec, backward bool) *winograd {
	set := micro.For(cpu.Tier())
	if !s.suitsWinograd(set.Level, set.Lanes) {
		return nil
	}
	w := &winograd{
		blockGrid: blockGrid{n: s.N}, set: set, k: s.C, o: s.O, inH: s.H, inW: s.W, outH: s.OutH(), outW: s.OutW(),
		padTop: s.PadTop, padLeft: s.PadLeft,
	}
	if backward {
		w.k, w.o = w.o, w.k
		w.inH, w.inW, w.outH, w.outW = w.outH, w.outW, w.inH, w.inW
		w.padTop, w.padLeft = 2-s.PadTop, 2-s.PadLeft
		if w.padTop < 0 || w.padLeft < 0 {
			return nil
		}
	}
	return w
}

// chooseItems decides how many blocks an item has.
func (w *winograd) chooseItems(threads int) {
	w.cover(w.outH, w.outW)
	cached := max(winogradCache, w.frequencies()*w.k*w.o) / (w.frequencies() * (w.k + w.o))
	w.setBatch(min(cached, ceil(w.blocks(), pool.Items(threads))))
}

func (w *winograd) setBatch(blocks int) {
	blocks = min(max(minWinogradBlocks, blocks), maxWinogradBlocks, w.blocks())
	w.batch = ceil(blocks, w.set.MR) * w.set.MR
	w.taps, w.rows = make([]int32, 1+w.set.MR), make([]int32, w.set.MR)
	for r := range w.rows {
		w.taps[1+r], w.rows[r] = int32(r*w.k), int32(r*w.o)
	}
}

// inputMatrix and outputMatrix are the sizes of the transformed input and the
// products of a batch at one frequency.
func (w *winograd) inputMatrix() int  { return w.batch*w.k + skew }
func (w *winograd) outputMatrix() int { return w.batch*w.o + skew }

// Scratch of a worker: transformed input [frequency][block][k], products
// [frequency][block][o], a patch of pixels.
func (w *winograd) batchSize() int { return w.frequencies() * (w.inputMatrix() + w.outputMatrix()) }

func (w *winograd) patchSize() int { return w.frequencies() * max(w.k, w.o) }

func (w *winograd) scratchSize(threads int) int { return threads * (w.batchSize() + w.patchSize()) }

// forward takes batches of blocks through all steps. If there are more threads
// than batches, the panels of output channels are split as well.
func (w *winograd) forward(p *pool.Pool, y, x, packed, scratch []float32) {
	blocks := w.blocks()
	batch, patch := w.batchSize(), w.patchSize()
	batches, panels := ceil(blocks, w.batch), ceil(w.o, w.set.NR)
	splits := min(panels, ceil(p.Threads(), batches))
	p.Run(batches*splits, func(item, worker int) {
		own := scratch[worker*(batch+patch) : (worker+1)*(batch+patch)]
		first, split := item/splits*w.batch, item%splits
		r := winogradRun{
			winograd: w, y: y, x: x, packed: packed, scratch: own[:batch], patch: own[batch:],
			first: first, n: min(w.batch, blocks-first), p0: split * panels / splits, p1: (split + 1) * panels / splits,
		}
		r.input()
		for f := range w.frequencies() {
			r.multiply(f)
		}
		r.output()
	})
}

func (w *winograd) inputGrad(p *pool.Pool, dx, dy, packed, scratch []float32) {
	w.forward(p, dx, dy, packed, scratch)
}

// winogradRun is one batch of blocks on its way.
type winogradRun struct {
	*winograd
	y, x, packed   []float32
	scratch, patch []float32
	first, n       int // blocks of the batch
	p0, p1         int // panels of output channels
}

func (r *winogradRun) products() []float32 { return r.scratch[r.frequencies()*r.inputMatrix():] }

// input transforms the blocks of the batch.
func (r *winogradRun) input() {
	var tmp [micro.TransformTmp]float32
	side := r.m + 2
	t := micro.Transform{
		Tmp: &tmp[0], Count: r.k / r.set.Lanes, SrcStep: 4 * r.set.Lanes, DstStep: 4 * r.set.Lanes,
		DstCol: 4 * r.inputMatrix(), DstRow: 4 * side * r.inputMatrix(),
	}
	in := images{r.x, r.inH, r.inW, r.k}
	for block := range r.n {
		image, y, x := r.position(r.first + block)
		y, x = y-r.padTop, x-r.padLeft
		t.Dst = &r.scratch[block*r.k]
		t.Src, t.SrcRow, t.SrcCol = in.block(image, y, x, side, 0, r.k, r.patch)
		r.set.Winograd(micro.InputStep, r.m, &t)
	}
}

// multiply computes the products at frequency f.
func (r *winogradRun) multiply(f int) {
	in := r.scratch[f*r.inputMatrix():]
	out := r.products()[f*r.outputMatrix():]
	var dump [64]float32
	t := micro.Tile{Taps: &r.taps[0], NTaps: 1, K: 4 * r.k, Rows: &r.rows[0], Dump: &dump[0]}
	for j := r.p0; j < r.p1; j++ {
		column := j * r.set.NR
		width := r.set.PanelWidth(column, r.o)
		t.Columns = width
		t.B = &r.packed[f*r.packedMatrix()+column*r.k]
		for i := 0; i < r.n; i += r.set.MR {
			t.A, t.C = &in[i*r.k], &out[i*r.o+column]
			r.set.Microkernel(&t, width)
		}
	}
}

// output transforms the products back.
func (r *winogradRun) output() {
	var tmp [micro.TransformTmp]float32
	side := r.m + 2
	o0, o1 := r.p0*r.set.NR, min(r.p1*r.set.NR, r.o)
	n := o1 - o0
	products := r.products()
	t := micro.Transform{
		Tmp: &tmp[0], Count: n / r.set.Lanes, SrcStep: 4 * r.set.Lanes, DstStep: 4 * r.set.Lanes,
		SrcCol: 4 * r.outputMatrix(), SrcRow: 4 * side * r.outputMatrix(),
	}
	for block := range r.n {
		image, y, x := r.position(r.first + block)
		t.Src = &products[block*r.o+o0]
		at := ((image*r.outH+y)*r.outW+x)*r.o + o0
		h, w := min(r.m, r.outH-y), min(r.m, r.outW-x)
		direct := h == r.m && w == r.m
		if direct {
			t.Dst = &r.y[at]
			t.DstRow, t.DstCol = 4*r.outW*r.o, 4*r.o
		} else {
			t.Dst = &r.patch[0]
			t.DstRow, t.DstCol = 4*r.m*n, 4*n
		}
		r.set.Winograd(micro.OutputStep, r.m, &t)
		if direct {
			continue
		}
		for i := range h {
			for j := range w {
				pixel := at + (i*r.outW+j)*r.o
				copy(r.y[pixel:pixel+n], r.patch[(i*r.m+j)*n:])
			}
		}
	}
}
