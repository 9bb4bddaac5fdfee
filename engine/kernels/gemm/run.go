package gemm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *Plan) ScratchSize(threads int) int {
	size := g.sizeA()
	if !g.strided {
		size += g.spec.K * g.set.PackedColumns(g.spec.N)
	}
	if g.local {
		size *= threads
	}
	return size
}

// sizeA is the size of the copy of A that its transpose needs.
func (g *Plan) sizeA() int {
	if !g.spec.TransA {
		return 0
	}
	return g.spec.M * g.spec.K
}

// Run computes C from A and B. Scratch has ScratchSize(p.Threads()) elements of
// any content, and is not shared by concurrent runs. C must not overlap A or B;
// Residual may be C itself.
func (g *Plan) Run(p *pool.Pool, c, a, b, scratch []float32, e Epilogue) {
	g.run(p, c, a, b, nil, scratch, e)
}

// RunPacked is Run with B as PackB left it.
func (g *Plan) RunPacked(p *pool.Pool, c, a, packed, scratch []float32, e Epilogue) {
	g.run(p, c, a, nil, packed, scratch, e)
}

// run takes either b or packed.
func (g *Plan) run(p *pool.Pool, c, a, b, packed, scratch []float32, e Epilogue) {
	s := g.spec
	if s.M == 0 || s.N == 0 || s.batch() == 0 {
		return
	}
	if g.local {
		size := g.ScratchSize(1)
		p.Run(s.batch(), func(item, worker int) {
			g.one(nil, item, c, a, b, packed, scratch[worker*size:(worker+1)*size], e)
		})
		return
	}
	for i := range s.batch() {
		g.one(p, i, c, a, b, packed, scratch, e)
	}
}

// one computes one product of the batch.
func (g *Plan) one(p *pool.Pool, index int, c, a, b, packed, scratch []float32, e Epilogue) {
	s := g.spec
	ao, bo, co := s.offsets(index)
	c = c[co:]
	if e.Residual != nil {
		e.Residual = e.Residual[co:]
	}
	if s.K == 0 {
		g.empty(c, e)
		return
	}
	a = a[ao:]
	if s.TransA {
		a = g.transposeA(p, scratch, a)
	}
	switch {
	case packed != nil:
	case g.strided:
		b = b[bo:]
	default:
		packed = scratch[g.sizeA():]
		g.PackB(p, packed, b[bo:])
	}
	across := ceil(g.panels, g.perPanel)
	down := ceil(g.tiles, g.perTiles)
	p.Run(across*down, func(item, _ int) {
		// Neighbouring items share panels of B.
		panel, tile := item/down*g.perPanel, item%down*g.perTiles
		g.block(c, a, b, packed, e,
			panel, min(panel+g.perPanel, g.panels), tile, min(tile+g.perTiles, g.tiles))
	})
}

// transposeA copies A [K, M] to scratch as [M, K].
func (g *Plan) transposeA(p *pool.Pool, scratch, a []float32) []float32 {
	s := g.spec
	const rows = 64
	p.Run(ceil(s.M, rows), func(item, _ int) {
		m := item * rows
		g.set.Transpose(scratch[m*s.K:], a[m:], min(rows, s.M-m), s.K, s.K, s.LDA)
	})
	return scratch
}

// block computes the tiles [t0, t1) of the panels [p0, p1).
func (g *Plan) block(c, a, b, packed []float32, e Epilogue, p0, p1, t0, t1 int) {
	s, set := g.spec, g.set
	lda := s.LDA
	if s.TransA {
		lda = s.K
	}
	var dump [64]float32
	t := micro.Tile{NTaps: 1, Dump: &dump[0], LDB: 4 * s.LDB, Alpha: e.Alpha}
	for j := p0; j < p1; j++ {
		column := j * set.NR
		width := set.Width(column, s.N)
		t.Columns = min(width, s.N-column)
		for k := 0; k < s.K; k += depth {
			t.K = 4 * min(depth, s.K-k)
			e.arm(&t, column, k == 0, k+depth >= s.K)
			if packed != nil {
				t.B = &packed[column*s.K+k*width]
			} else {
				t.B = &b[k*s.LDB+column]
			}
			for i := t0; i < t1; i++ {
				row := i * set.MR
				t.A = &a[row*lda+k]
				t.C = &c[row*s.LDC+column]
				if e.Residual != nil {
					t.Residual = &e.Residual[row*s.LDC+column]
				}
				t.Taps, t.Rows = &g.tapsFull[0], &g.rowsFull[0]
				if i == g.tiles-1 {
					t.Taps, t.Rows = &g.tapsLast[0], &g.rowsLast[0]
				}
				if packed != nil {
					set.Run(&t, width)
				} else {
					set.RunStrided(&t, width)
				}
			}
		}
	}
}

// arm sets the epilogue of a panel. When K is taken in parts, the first part
// reads C and Residual (which may be C), the later ones add to C, and the last
// one ends the epilogue.
func (e *Epilogue) arm(t *micro.Tile, column int, first, last bool) {
	t.Flags = 0
	if e.Alpha != 0 && e.Alpha != 1 {
		t.Flags |= micro.FlagAlpha
	}
	t.Beta = 1
	if first {
		t.Beta = e.Beta
	}
	if t.Beta != 0 {
		t.Flags |= micro.FlagBeta
	}
	if first && e.Residual != nil {
		t.Flags |= micro.FlagResidual
	}
	if last && e.Bias != nil {
		t.Flags |= micro.FlagShift
		t.Shift = &e.Bias[column]
	}
	if last && e.ReLU {
		t.Flags |= micro.FlagReLU
	}
}

// empty stores a product of zeros, K being 0.
func (g *Plan) empty(c []float32, e Epilogue) {
	s := g.spec
	for m := range s.M {
		row := c[m*s.LDC : m*s.LDC+s.N]
		for n, v := range row {
			if e.Beta == 0 {
				v = 0
			} else {
				v *= e.Beta
			}
			if e.Bias != nil {
				v += e.Bias[n]
			}
			if e.Residual != nil {
				v += e.Residual[m*s.LDC+n]
			}
			if e.ReLU {
				v = max(v, 0)
			}
			row[n] = v
		}
	}
}
