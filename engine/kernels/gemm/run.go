package gemm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Run computes C from A and B. Scratch has ScratchSize(p.Threads()) elements of
// any content, and is not shared by concurrent runs. C must not overlap A or B.
// Run panics if a slice is too short.
//
// If RowsPerItem is not 0, Run calls epilogue, unless it is nil, once for every item, in any order: when the rows
// [item·RowsPerItem, (item+1)·RowsPerItem) of C, of which the last item may have fewer, are complete. It calls it in
// the thread that computed them and gives the thread's worker number.
func (g *Plan) Run(p *pool.Pool, c, a, b, scratch []float32, epilogue func(item, worker int)) {
	g.check(p, c, len(a), len(b), g.PackedSize(), scratch)
	if g.rounded != nil {
		a, b, scratch = g.rounded.round(p, a, b, scratch)
	}
	g.run(p, c, a, b, nil, scratch, epilogue)
}

// RunPacked is Run with B as PackB left it.
func (g *Plan) RunPacked(p *pool.Pool, c, a, packed, scratch []float32, epilogue func(item, worker int)) {
	_, needB, _ := g.given.extents()
	g.check(p, c, len(a), needB, len(packed), scratch)
	if g.rounded != nil {
		a, _, scratch = g.rounded.round(p, a, nil, scratch)
	}
	g.run(p, c, a, nil, packed, scratch, epilogue)
}

// run multiplies by b, or by packed if b is nil.
func (g *Plan) run(p *pool.Pool, c, a, b, packed, scratch []float32, epilogue func(item, worker int)) {
	s := g.spec
	if s.M == 0 || s.N == 0 || s.batch() == 0 {
		return
	}
	if g.RowsPerItem() == 0 {
		epilogue = nil
	}
	if g.splitK != nil {
		g.splitK.run(p, s, g.set, c, a, b, scratch)
		return
	}
	if g.workerPerProduct {
		size := g.productScratch(1)
		p.Run(s.batch(), func(item, worker int) {
			g.multiply(nil, item, c, a, b, packed, scratch[worker*size:(worker+1)*size], nil)
		})
		return
	}
	for i := range s.batch() {
		g.multiply(p, i, c, a, b, packed, scratch, epilogue)
	}
}

// check panics if an operand is shorter than the spec needs: the assembly trusts its callers. a, b and packed are
// lengths.
func (g *Plan) check(p *pool.Pool, c []float32, a, b, packed int, scratch []float32) {
	needA, needB, needC := g.given.extents()
	for _, o := range []struct {
		name       string
		have, need int
	}{
		{"A", a, needA}, {"B", b, needB}, {"packed B", packed, g.PackedSize()}, {"C", len(c), needC},
		{"scratch", len(scratch), g.ScratchSize(p.Threads())},
	} {
		if o.have < o.need {
			panic(fmt.Sprintf("gemm: %s has %d elements: expected at least %d", o.name, o.have, o.need))
		}
	}
}

// multiply computes one product of the batch.
func (g *Plan) multiply(p *pool.Pool, index int, c, a, b, packed, scratch []float32, epilogue func(item, worker int)) {
	s := g.spec
	ao, bo, co := s.offsets(index)
	c = c[co:]
	if s.K == 0 {
		for m := range s.M {
			clear(c[m*s.LDC:][:s.N])
		}
		return
	}
	across := ceil(g.colPanels, g.itemPanels)
	down := ceil(g.rowTiles, g.itemTiles)
	for k := 0; k < s.K; k += g.kc {
		slice := kSlice{c: c, k0: k, k1: min(k+g.kc, s.K)}
		if !g.packsA {
			slice.a, slice.lda = g.rowsOfA(p, a[ao:], scratch, k, slice.k1)
		}
		switch {
		case packed != nil:
			slice.packedB, slice.packedFirst, slice.packedRows = packed, k, s.K
		case g.readsBInPlace:
			slice.b = b[bo:]
		default:
			slice.packedB, slice.packedRows = scratch[g.transposedASize():], slice.k1-k
			g.packSliceOfB(p, slice.packedB, b[bo:], k, slice.k1)
			if p == nil && !s.TransB && s.LDB == s.N {
				k2 := min(slice.k1+g.kc, s.K)
				slice.prefetch = &prefetcher{b[bo:][slice.k1*s.N : k2*s.N], nil}
				if g.packsA && s.TransA && s.LDA == s.M {
					slice.prefetch.a = a[ao:][slice.k1*s.M : k2*s.M]
				}
			}
		}
		blocks := scratch[g.sharedScratch():]
		p.Run(across*down, func(item, worker int) {
			// Neighboring items share panels of B.
			panel, tile := item/down*g.itemPanels, item%down*g.itemTiles
			slice := slice
			if g.packsA {
				slice.a = blocks[worker*g.packedASize():]
				g.packBlockOfA(slice, a[ao:], tile, min(tile+g.itemTiles, g.rowTiles))
			}
			g.macrokernel(slice, panel, min(panel+g.itemPanels, g.colPanels), tile, min(tile+g.itemTiles, g.rowTiles))
			if epilogue != nil && slice.k1 == s.K {
				epilogue(item, worker)
			}
		})
	}
}

// kSlice is the operands of the slice [k0, k1) of K.
type kSlice struct {
	c      []float32
	k0, k1 int

	a   []float32 // rows of A that are lda apart; if A is packed, the block of an item
	lda int

	b           []float32 // all of B, if it is not packed
	packedB     []float32 // micropanels of packedRows rows, of which those of the slice begin with packedFirst
	packedFirst int
	packedRows  int

	prefetch *prefetcher // of the operands of the next slice, or nil
}

// prefetcher hands out the memory that the next slice of K will read, piece by piece: first B, then A.
type prefetcher struct{ b, a []float32 }

// next returns the address of the next n elements to prefetch, or nil if none are left.
func (f *prefetcher) next(n int) *float32 {
	if len(f.b) == 0 {
		f.b, f.a = f.a, nil
	}
	if len(f.b) == 0 {
		return nil
	}
	at := &f.b[0]
	f.b = f.b[min(n, len(f.b)):]
	return at
}

// rowsOfA returns the slice [k0, k1) of A in rows and the distance between them. A transposed A [K, M] is copied to
// scratch.
func (g *Plan) rowsOfA(p *pool.Pool, a, scratch []float32, k0, k1 int) ([]float32, int) {
	s := g.spec
	if !s.TransA {
		return a[k0:], s.LDA
	}
	const rows = 64
	p.Run(ceil(s.M, rows), func(item, _ int) {
		m := item * rows
		g.set.Transpose(scratch[m*g.kc:], a[k0*s.LDA+m:], min(rows, s.M-m), k1-k0, g.kc, s.LDA)
	})
	return scratch, g.kc
}

// packBlockOfA packs the row tiles [t0, t1) of A, the block of an item, into micropanels.
func (g *Plan) packBlockOfA(o kSlice, a []float32, t0, t1 int) {
	s, rows := g.spec, g.set.MR
	depth := o.k1 - o.k0
	for i := t0; i < t1; i++ {
		from := i*rows*s.LDA + o.k0
		if s.TransA {
			from = o.k0*s.LDA + i*rows
		}
		g.set.PackA(o.a[(i-t0)*rows*depth:], a[from:], min(rows, s.M-i*rows), depth, s.LDA, s.TransA)
	}
}

// macrokernel computes the part of C in the row tiles [t0, t1) and the column panels [p0, p1), for a slice of K.
func (g *Plan) macrokernel(o kSlice, p0, p1, t0, t1 int) {
	s, set := g.spec, g.set
	var dump [64]float32
	t := micro.Tile{NTaps: 1, K: 4 * (o.k1 - o.k0), Dump: &dump[0], LDB: 4 * s.LDB}
	if o.k0 > 0 {
		t.Accumulate = 1
	}
	for j := p0; j < p1; j++ {
		column := j * set.NR
		width := set.PanelWidth(column, s.N)
		t.Columns = min(width, s.N-column)
		if o.packedB != nil {
			t.B = &o.packedB[column*o.packedRows+o.packedFirst*width]
		} else {
			t.B = &o.b[o.k0*s.LDB+column]
		}
		if g.packsA {
			g.packedMicrokernels(&t, o, column, width, t0, t1)
			continue
		}
		for i := t0; i < t1; i++ {
			t.A = &o.a[i*set.MR*o.lda]
			g.pointToC(&t, o, column, i)
			if o.packedB != nil {
				set.Microkernel(&t, width)
			} else {
				set.MicrokernelBInPlace(&t, width)
			}
		}
	}
}

// packedMicrokernels computes the row tiles [t0, t1) of a column panel from a packed A: whole tiles by one call of the
// microkernel, and a last one with fewer rows, or narrower ones, each by a call of its own.
func (g *Plan) packedMicrokernels(t *micro.Tile, o kSlice, column, width, t0, t1 int) {
	s, set := g.spec, g.set
	whole := 0
	if t.Columns == width {
		whole = min(t1, s.M/set.MR) - t0
	}
	if whole > 0 {
		t.A = &o.a[0]
		g.pointToC(t, o, column, t0)
		t.Count, t.LDC = whole, 4*s.LDC
		if o.prefetch != nil {
			const perStep = 4 // float32 fetched for an element of a row of A
			if at := o.prefetch.next(whole * (o.k1 - o.k0) * perStep); at != nil {
				t.Prefetch = at
			}
		}
		set.MicrokernelPackedA(t, width)
	}
	t.Count, t.LDC = 1, 0
	for i := t0 + whole; i < t1; i++ {
		t.A = &o.a[(i-t0)*set.MR*(o.k1-o.k0)]
		g.pointToC(t, o, column, i)
		set.MicrokernelPackedA(t, width)
	}
}

// pointToC points a tile to row tile i of C, at a column.
func (g *Plan) pointToC(t *micro.Tile, o kSlice, column, i int) {
	t.C = &o.c[i*g.set.MR*g.spec.LDC+column]
	t.Taps, t.Rows = &g.tapsWhole[0], &g.rowsWhole[0]
	if i == g.rowTiles-1 {
		t.Taps, t.Rows = &g.tapsLast[0], &g.rowsLast[0]
	}
}
