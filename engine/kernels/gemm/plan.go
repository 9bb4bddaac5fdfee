package gemm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Sizes in bytes and in multiplications that decide how a product is cut up.
const (
	// cacheB is how much of packed B may stay in the second-level cache while a
	// chunk of A passes.
	cacheB = 512 << 10
	// cacheA bounds a chunk of A that meets several panels of B.
	cacheA = 256 << 10
	// maxDepth is the most of K that is packed and multiplied at a time.
	maxDepth = 2048
	// packedDepth is that bound where A is packed: a panel of B stays in the
	// first-level cache.
	packedDepth = 384
	// packedPanels is the fewest column panels for which packing A pays.
	packedPanels = 4
	// packedTiles is the fewest row tiles of an item that packs its part of A.
	packedTiles = 4
	// minWork is the least work worth an item of the pool.
	minWork = 1 << 20
	// aimItems is how many items leave no thread idle for long.
	aimItems = 32
	// localB bounds the operands of a product that one worker does alone.
	localB = 1 << 16
	// unpackedTiles is the most row tiles for which B is read where it lies.
	unpackedTiles = 3
)

// Plan is a product of fixed shape, ready to run.
type Plan struct {
	asked Spec // as given, with the leading dimensions filled in
	spec  Spec // with batch axes folded into M, and of rounded operands
	set   micro.Set
	split *split // of K, or nil

	rounding *rounding // of operands to bfloat16, or nil

	strided bool // B is read where it lies
	packsA  bool // an item packs its part of A
	local   bool // an item is a whole product of the batch
	sharedB bool // one B for the whole batch

	tiles    int // row tiles
	panels   int // column panels
	perTiles int // row tiles of an item
	perPanel int // panels of an item
	depth    int // of K, packed and multiplied at a time

	tapsFull, tapsLast []int32 // tables of micro.Tile, for whole tiles and the last one
	rowsFull, rowsLast []int32
}

// New plans the products of the spec for the tier in use.
func New(spec Spec) (*Plan, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	asked, set := spec.tight(), micro.For(cpu.Tier())
	s := asked.fold()
	var r *rounding
	if spec.BFloat16 {
		set = micro.ForBFloat16(cpu.Tier())
		r, s = newRounding(s, set)
	}
	g := newWhole(s, set)
	g.asked, g.rounding, g.split = asked, r, newSplit(s, set)
	return g, nil
}

// newWhole plans without cutting K into parts and without rounding.
func newWhole(s Spec, set micro.Set) *Plan {
	g := &Plan{asked: s, spec: s, set: set}
	g.divide()
	lda := g.spec.LDA
	if g.spec.TransA {
		lda = g.depth
	}
	g.tapsFull, g.rowsFull = g.table(g.set.MR, lda)
	g.tapsLast, g.rowsLast = g.table(g.spec.M-(g.tiles-1)*g.set.MR, lda)
	return g
}

// RowItems returns how many rows of C are done together, for Run: 0 if C is not done by rows. It does not depend
// on the number of threads.
func (g *Plan) RowItems() int {
	s := g.spec
	if g.local || g.split != nil || s.batch() != 1 || g.perPanel < g.panels || s.M == 0 || s.N == 0 || s.K == 0 {
		return 0
	}
	return min(s.M, g.perTiles*g.set.MR)
}

// Spec returns the spec, with the leading dimensions filled in.
func (g *Plan) Spec() Spec { return g.asked }

// fold turns batch axes that continue the rows of A and C, with B shared, into rows.
func (s Spec) fold() Spec {
	for n := len(s.Batch); n > 0 && !s.TransA; n-- {
		axis := s.Batch[n-1]
		if axis.Size != 1 && (axis.StrideB != 0 || axis.StrideA != s.M*s.LDA || axis.StrideC != s.M*s.LDC) {
			break
		}
		s.M *= axis.Size
		s.Batch = s.Batch[:n-1]
	}
	return s
}

// divide decides how the product is cut into items.
func (g *Plan) divide() {
	s, set := g.spec, g.set
	g.tiles = ceil(s.M, set.MR)
	g.panels = ceil(s.N, set.NR)
	g.strided = set.Strided && !s.TransB && g.tiles <= unpackedTiles
	g.packsA = set.PacksA && g.panels >= packedPanels && !g.strided
	deepest := maxDepth
	if g.packsA {
		deepest = packedDepth
	}
	g.depth = max(1, ceil(s.K, max(1, ceil(s.K, deepest))))
	g.sharedB = true
	for _, axis := range s.Batch {
		if axis.Size > 1 && axis.StrideB != 0 {
			g.sharedB = false
		}
	}
	g.local = s.batch() >= aimItems/4 && s.K*max(s.M, s.N) <= localB

	bytesB := 4 * g.depth * set.PackedColumns(s.N)
	tileWork := set.MR * set.NR * g.depth
	g.perPanel = max(1, g.panels)
	g.perTiles = max(1, cacheA/(4*set.MR*g.depth))
	if g.packsA {
		for ceil(g.perTiles, 2) >= packedTiles && ceil(g.tiles, g.perTiles) < aimItems {
			g.perTiles = ceil(g.perTiles, 2)
		}
		g.perTiles = max(1, ceil(g.tiles, max(1, ceil(g.tiles, g.perTiles))))
		return
	}
	if bytesB > cacheB {
		g.perPanel, g.perTiles = 1, max(1, g.tiles)
	}
	for ceil(g.tiles, g.perTiles)*ceil(g.panels, g.perPanel) < aimItems &&
		g.perTiles*g.perPanel > 1 && g.perTiles*g.perPanel*tileWork > 2*minWork {
		if g.perTiles >= g.perPanel {
			g.perTiles = ceil(g.perTiles, 2)
		} else {
			g.perPanel = ceil(g.perPanel, 2)
		}
	}
}

// table returns the taps and rows of a tile whose first count rows exist. The
// others compute the first row again and store nothing.
func (g *Plan) table(count, lda int) (taps, rows []int32) {
	taps = make([]int32, 1+g.set.MR)
	rows = make([]int32, g.set.MR)
	for r := range rows {
		if r < count {
			taps[1+r] = int32(r * lda)
			rows[r] = int32(r * g.spec.LDC)
		} else {
			rows[r] = -1
		}
	}
	return taps, rows
}

// PackedSize returns the number of float32 that PackB writes.
func (g *Plan) PackedSize() int {
	if !g.sharedB || g.split != nil || g.spec.batch() == 0 {
		return 0
	}
	return g.spec.K * g.set.PackedColumns(g.spec.N)
}

// PacksB says whether Run packs or rounds B: otherwise B is read where it lies, and PackB saves nothing.
func (g *Plan) PacksB() bool { return !g.strided || g.rounding != nil }

// PackB brings B, the right operand, into the order in which the kernels read
// it. Packing pays when B serves several runs, as weights do; a spec whose
// batch has a StrideB other than 0 has no single B to pack, and a transposed A with a
// long K takes B in parts: PackedSize is 0.
func (g *Plan) PackB(p *pool.Pool, packed, b []float32) {
	if _, need, _ := g.asked.extents(); len(b) < need || len(packed) < g.PackedSize() {
		panic(fmt.Sprintf("gemm: B and packed B have %d and %d elements: expected at least %d and %d", len(b), len(packed), need, g.PackedSize()))
	}
	if g.PackedSize() == 0 {
		return
	}
	if g.rounding != nil {
		rounded := scratch.Get(g.rounding.b.Size())
		defer rounded.Free()
		g.rounding.b.Float32(p, rounded.Data, b)
		b = rounded.Data
	}
	g.pack(p, packed, b, 0, g.spec.K)
}

// pack packs the rows [k0, k1) of B: a row at a time, or a panel at a time if B is transposed, so that what lies
// together is read together.
func (g *Plan) pack(p *pool.Pool, packed, b []float32, k0, k1 int) {
	s, set := g.spec, g.set
	const rows, together = 32, 2
	if s.TransB {
		p.Run(ceil(g.panels, together), func(item, _ int) {
			for j := item * together; j < min((item+1)*together, g.panels); j++ {
				column := j * set.NR
				width := set.Width(column, s.N)
				set.PackTransposed(packed[column*(k1-k0):], b[column*s.LDB+k0:], k1-k0, min(width, s.N-column), width, s.LDB)
			}
		})
		return
	}
	whole := s.N / set.NR // panels
	p.Run(ceil(k1-k0, rows), func(item, _ int) {
		for k := k0 + item*rows; k < min(k0+(item+1)*rows, k1); k++ {
			if whole > 0 {
				set.Scatter(packed[(k-k0)*set.NR:], b[k*s.LDB:], whole, set.NR, set.NR*(k1-k0))
			}
			if column := whole * set.NR; column < s.N {
				width := set.Width(column, s.N)
				set.PackRows(packed[column*(k1-k0)+(k-k0)*width:], b[k*s.LDB+column:], 1, s.N-column, width, s.LDB)
			}
		}
	})
}

func ceil(a, b int) int { return (a + b - 1) / b }
