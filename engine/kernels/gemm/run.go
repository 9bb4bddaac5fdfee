package gemm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *Plan) ScratchSize(threads int) int {
	size := g.productScratch(threads)
	if g.rounding != nil {
		size += g.rounding.size()
	}
	return size
}

// productScratch is the scratch without that of rounded operands.
func (g *Plan) productScratch(threads int) int {
	if g.split != nil {
		return g.split.scratchSize(g.spec, threads)
	}
	if g.local {
		return threads * (g.shared() + g.blockA())
	}
	return g.shared() + threads*g.blockA()
}

// shared is the size of the scratch that the items of a product share: copies of A and B.
func (g *Plan) shared() int {
	size := g.sizeA()
	if !g.strided {
		size += g.depth * g.set.PackedColumns(g.spec.N)
	}
	return size
}

// sizeA is the size of the copy of all rows of a transposed A.
func (g *Plan) sizeA() int {
	if !g.spec.TransA || g.packsA {
		return 0
	}
	return g.spec.M * g.depth
}

// blockA is the size of what an item packs of A, in whole cache lines.
func (g *Plan) blockA() int {
	const line, beyond = 16, 2 // PackA writes beyond the end
	if !g.packsA {
		return 0
	}
	return ceil(g.perTiles*g.set.MR*g.depth+beyond, line) * line
}

// Run computes C from A and B. Scratch has ScratchSize(p.Threads()) elements of
// any content, and is not shared by concurrent runs. C must not overlap A or B.
// Run panics if a slice is too short.
//
// Done, if not nil, is called when the rows [item·RowItems, (item+1)·RowItems) of C, or those that there are, are
// computed, while they are likely to be in the cache of the thread that calls, whose worker number is given. It is
// called for all items, in any order, and only if RowItems is not 0.
func (g *Plan) Run(p *pool.Pool, c, a, b, scratch []float32, done func(item, worker int)) {
	g.check(p, c, len(a), len(b), g.PackedSize(), scratch)
	if g.rounding != nil {
		a, b, scratch = g.rounding.float32(p, a, b, scratch)
	}
	g.run(p, c, a, b, nil, scratch, done)
}

// RunPacked is Run with B as PackB left it.
func (g *Plan) RunPacked(p *pool.Pool, c, a, packed, scratch []float32, done func(item, worker int)) {
	_, needB, _ := g.asked.extents()
	g.check(p, c, len(a), needB, len(packed), scratch)
	if g.rounding != nil {
		a, _, scratch = g.rounding.float32(p, a, nil, scratch)
	}
	g.run(p, c, a, nil, packed, scratch, done)
}

// run takes either b or packed.
func (g *Plan) run(p *pool.Pool, c, a, b, packed, scratch []float32, done func(item, worker int)) {
	s := g.spec
	if s.M == 0 || s.N == 0 || s.batch() == 0 {
		return
	}
	if g.RowItems() == 0 {
		done = nil
	}
	if g.split != nil {
		g.split.run(p, s, g.set, c, a, b, scratch)
		return
	}
	if g.local {
		size := g.productScratch(1)
		p.Run(s.batch(), func(item, worker int) {
			g.one(nil, item, c, a, b, packed, scratch[worker*size:(worker+1)*size], nil)
		})
		return
	}
	for i := range s.batch() {
		g.one(p, i, c, a, b, packed, scratch, done)
	}
}

// check panics if an operand, of which these are the lengths, is too short: the assembly trusts its callers.
func (g *Plan) check(p *pool.Pool, c []float32, a, b, packed int, scratch []float32) {
	needA, needB, needC := g.asked.extents()
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

// one computes one product of the batch.
func (g *Plan) one(p *pool.Pool, index int, c, a, b, packed, scratch []float32, done func(item, worker int)) {
	s := g.spec
	ao, bo, co := s.offsets(index)
	c = c[co:]
	if s.K == 0 {
		for m := range s.M {
			clear(c[m*s.LDC:][:s.N])
		}
		return
	}
	across := ceil(g.panels, g.perPanel)
	down := ceil(g.tiles, g.perTiles)
	for k := 0; k < s.K; k += g.depth {
		slice := operands{c: c, k0: k, k1: min(k+g.depth, s.K)}
		if !g.packsA {
			slice.a, slice.lda = g.sliceA(p, a[ao:], scratch, k, slice.k1)
		}
		switch {
		case packed != nil:
			slice.packed, slice.first, slice.rows = packed, k, s.K
		case g.strided:
			slice.b = b[bo:]
		default:
			slice.packed, slice.rows = scratch[g.sizeA():], slice.k1-k
			g.pack(p, slice.packed, b[bo:], k, slice.k1)
			if p == nil && !s.TransB && s.LDB == s.N {
				k2 := min(slice.k1+g.depth, s.K)
				slice.next = &ahead{b[bo:][slice.k1*s.N : k2*s.N], nil}
				if g.packsA && s.TransA && s.LDA == s.M {
					slice.next.then = a[ao:][slice.k1*s.M : k2*s.M]
				}
			}
		}
		blocks := scratch[g.shared():]
		p.Run(across*down, func(item, worker int) {
			// Neighboring items share panels of B.
			panel, tile := item/down*g.perPanel, item%down*g.perTiles
			slice := slice
			if g.packsA {
				slice.a = blocks[worker*g.blockA():]
				g.packA(slice, a[ao:], tile, min(tile+g.perTiles, g.tiles))
			}
			g.block(slice, panel, min(panel+g.perPanel, g.panels), tile, min(tile+g.perTiles, g.tiles))
			if done != nil && slice.k1 == s.K {
				done(item, worker)
			}
		})
	}
}

// operands are those of the slice [k0, k1) of K.
type operands struct {
	c      []float32
	k0, k1 int
	a      []float32 // rows of the slice, lda apart, or the packed tiles of an item
	lda    int
	b      []float32 // all of B, if it is not packed
	packed []float32 // panels of so many rows, of which the slice begins with the first
	first  int
	rows   int
	next   *ahead // what remains to be fetched of the next slice of K, or nil
}

// ahead is memory that is fetched in advance, bit by bit.
type ahead struct{ first, then []float32 }

// take returns where the next n elements begin, or nil if none are left.
func (a *ahead) take(n int) *float32 {
	if len(a.first) == 0 {
		a.first, a.then = a.then, nil
	}
	if len(a.first) == 0 {
		return nil
	}
	at := &a.first[0]
	a.first = a.first[min(n, len(a.first)):]
	return at
}

// sliceA returns the slice of A as rows; a transposed A [K, M] is copied to scratch.
func (g *Plan) sliceA(p *pool.Pool, a, scratch []float32, k0, k1 int) ([]float32, int) {
	s := g.spec
	if !s.TransA {
		return a[k0:], s.LDA
	}
	const rows = 64
	p.Run(ceil(s.M, rows), func(item, _ int) {
		m := item * rows
		g.set.Transpose(scratch[m*g.depth:], a[k0*s.LDA+m:], min(rows, s.M-m), k1-k0, g.depth, s.LDA)
	})
	return scratch, g.depth
}

// packA packs the tiles [t0, t1) of A.
func (g *Plan) packA(o operands, a []float32, t0, t1 int) {
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

// block computes the tiles [t0, t1) of the panels [p0, p1) for a slice of K.
func (g *Plan) block(o operands, p0, p1, t0, t1 int) {
	s, set := g.spec, g.set
	var dump [64]float32
	t := micro.Tile{NTaps: 1, K: 4 * (o.k1 - o.k0), Dump: &dump[0], LDB: 4 * s.LDB}
	if o.k0 > 0 {
		t.Add = 1
	}
	for j := p0; j < p1; j++ {
		column := j * set.NR
		width := set.Width(column, s.N)
		t.Columns = min(width, s.N-column)
		if o.packed != nil {
			t.B = &o.packed[column*o.rows+o.first*width]
		} else {
			t.B = &o.b[o.k0*s.LDB+column]
		}
		if g.packsA {
			g.packedTiles(&t, o, column, width, t0, t1)
			continue
		}
		for i := t0; i < t1; i++ {
			t.A = &o.a[i*set.MR*o.lda]
			g.place(&t, o, column, i)
			if o.packed != nil {
				set.Run(&t, width)
			} else {
				set.RunStrided(&t, width)
			}
		}
	}
}

// packedTiles computes the tiles [t0, t1) of a panel from a packed A: whole ones together, a last one with fewer rows
// or columns by itself.
func (g *Plan) packedTiles(t *micro.Tile, o operands, column, width, t0, t1 int) {
	s, set := g.spec, g.set
	whole := 0
	if t.Columns == width {
		whole = min(t1, s.M/set.MR) - t0
	}
	if whole > 0 {
		t.A = &o.a[0]
		g.place(t, o, column, t0)
		t.Count, t.LDC = whole, 4*s.LDC
		if o.next != nil {
			const perStep = 4 // float32 fetched for an element of a row of A
			if at := o.next.take(whole * (o.k1 - o.k0) * perStep); at != nil {
				t.Next = at
			}
		}
		set.RunPacked(t, width)
	}
	t.Count, t.LDC = 1, 0
	for i := t0 + whole; i < t1; i++ {
		t.A = &o.a[(i-t0)*set.MR*(o.k1-o.k0)]
		g.place(t, o, column, i)
		set.RunPacked(t, width)
	}
}

// place points a tile to its part of C.
func (g *Plan) place(t *micro.Tile, o operands, column, i int) {
	t.C = &o.c[i*g.set.MR*g.spec.LDC+column]
	t.Taps, t.Rows = &g.tapsFull[0], &g.rowsFull[0]
	if i == g.tiles-1 {
		t.Taps, t.Rows = &g.tapsLast[0], &g.rowsLast[0]
	}
}
