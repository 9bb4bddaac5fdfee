package gemm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Limits of the blocking that the package comment describes.
const (
	// maxKCPackedA and maxPanelBBytes bound KC where A is packed, so that a micropanel of B stays in the first-level
	// cache.
	maxKCPackedA   = 384
	maxPanelBBytes = 32 << 10
	// maxKC bounds KC where A is not packed.
	maxKC = 2048
	// maxBlockABytes bounds the packed MC × KC block of A: half of a second-level cache.
	maxBlockABytes = 256 << 10
	// maxPackedBBytes bounds the packed B that all items use: beyond, and if A is not packed, an item has one micropanel
	// of B.
	maxPackedBBytes = 512 << 10
	// minPanelsToPackA is the fewest micropanels of B for which packing A pays.
	minPanelsToPackA = 4
	// minTilesToPackA is the least MC, in tiles, to which packed items shrink for few threads, and minTilesForMany for
	// more: smaller ones lose up to a tenth of a thread's speed, which threads without work would lose whole.
	minTilesToPackA, minTilesForMany, fewThreads = 4, 2, 8
	// maxTilesInPlace is the most row tiles for which B is read without packing.
	maxTilesInPlace = 3
	// minItemWork is the number of multiply-adds below which an item costs more to hand out than it gains.
	minItemWork = 1 << 20
	// minWorkerProducts is the fewest products of a batch that workers do alone.
	minWorkerProducts = 8
	// maxWorkerElements bounds the operands of a product that a worker does alone, in elements.
	maxWorkerElements = 1 << 16
)

// Plan is a product of fixed shape, ready to run.
type Plan struct {
	given   Spec             // as given to New, with the leading dimensions filled in
	spec    Spec             // what is multiplied: batch axes folded into M, operands rounded
	set     micro.Set        // kernels
	splitK  *splitK          // parts of K, or nil
	rounded *roundedOperands // rounding of the operands to bfloat16, or nil

	readsBInPlace    bool // B is not packed
	packsA           bool // an item packs its block of A
	workerPerProduct bool // an item is a whole product of the batch
	sharedB          bool // one B for the whole batch

	rowTiles   int // of C, MR rows each
	colPanels  int // micropanels of B, NR columns each
	itemTiles  int // MC in units of MR
	itemPanels int // NC in units of NR
	kc         int // KC

	// Tables of micro.Tile: where the rows of A and of C begin, for whole tiles and for the last one.
	tapsWhole, tapsLast []int32
	rowsWhole, rowsLast []int32
}

// New plans the products of the spec for the tier in use.
func New(spec Spec) (*Plan, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	given, set := spec.withLeadingDims(), micro.For(cpu.Tier())
	s := given.foldBatch()
	var r *roundedOperands
	if spec.BFloat16 {
		set = micro.ForBFloat16(cpu.Tier())
		r, s = newRoundedOperands(s, set)
	}
	g := newUnsplit(s, set, 0)
	g.given, g.rounded, g.splitK = given, r, newSplitK(s, set)
	return g, nil
}

// newUnsplit plans a product without splitK and without rounding, with that KC unless it is 0.
func newUnsplit(s Spec, set micro.Set, kc int) *Plan {
	g := &Plan{given: s, spec: s, set: set, kc: kc}
	g.chooseBlocking()
	lda := g.spec.LDA
	if g.spec.TransA {
		lda = g.kc
	}
	g.tapsWhole, g.rowsWhole = g.tileTable(g.set.MR, lda)
	g.tapsLast, g.rowsLast = g.tileTable(g.spec.M-(g.rowTiles-1)*g.set.MR, lda)
	return g
}

// RowsPerItem returns the number of rows of C that the epilogue of Run gets at a time, or 0 if whole rows are never
// complete at once and Run takes no epilogue. It does not depend on the number of threads that run the product.
func (g *Plan) RowsPerItem() int {
	s := g.spec
	if g.workerPerProduct || g.splitK != nil || s.batch() != 1 || g.itemPanels < g.colPanels || s.M == 0 ||
		s.N == 0 || s.K == 0 {
		return 0
	}
	return min(s.M, g.itemTiles*g.set.MR)
}

// Spec returns the spec, with the leading dimensions filled in.
func (g *Plan) Spec() Spec { return g.given }

// foldBatch makes one product of many: a batch axis along which B is shared, and the rows of A and C go on in memory,
// only adds rows.
func (s Spec) foldBatch() Spec {
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

// chooseBlocking chooses KC, unless it is given, MC and NC and what is packed.
func (g *Plan) chooseBlocking() {
	s, set := g.spec, g.set
	g.rowTiles = ceil(s.M, set.MR)
	g.colPanels = ceil(s.N, set.NR)
	g.readsBInPlace = set.ReadsBInPlace && !s.TransB && g.rowTiles <= maxTilesInPlace
	g.packsA = set.PacksA && g.colPanels >= minPanelsToPackA && !g.readsBInPlace
	if g.kc == 0 {
		deepest := maxKC
		if g.packsA {
			deepest = min(maxKCPackedA, maxPanelBBytes/(4*set.NR))
		}
		g.kc = max(1, ceil(s.K, max(1, ceil(s.K, deepest))))
	}
	g.sharedB = true
	for _, axis := range s.Batch {
		if axis.Size > 1 && axis.StrideB != 0 {
			g.sharedB = false
		}
	}
	g.workerPerProduct = s.batch() >= minWorkerProducts && s.K*max(s.M, s.N) <= maxWorkerElements

	bytesB := 4 * g.kc * set.PaddedColumns(s.N)
	tileWork := set.MR * set.NR * g.kc
	g.itemPanels = max(1, g.colPanels)
	g.itemTiles = max(1, maxBlockABytes/(4*set.MR*g.kc))
	targetItems := pool.Items(s.Threads)
	if g.packsA {
		least := choose(s.Threads > fewThreads, minTilesForMany, minTilesToPackA)
		for ceil(g.itemTiles, 2) >= least && ceil(g.rowTiles, g.itemTiles) < targetItems {
			g.itemTiles = ceil(g.itemTiles, 2)
		}
		down := max(1, ceil(g.rowTiles, g.itemTiles))
		g.itemTiles = max(1, ceil(g.rowTiles, down))
		for down*ceil(g.colPanels, g.itemPanels) < s.Threads && g.itemPanels >= 2*minPanelsToPackA &&
			g.itemTiles*g.itemPanels*tileWork > 2*minItemWork {
			g.itemPanels = ceil(g.itemPanels, 2)
		}
		return
	}
	if bytesB > maxPackedBBytes {
		g.itemPanels, g.itemTiles = 1, max(1, g.rowTiles)
	}
	for ceil(g.rowTiles, g.itemTiles)*ceil(g.colPanels, g.itemPanels) < targetItems &&
		g.itemTiles*g.itemPanels > 1 && g.itemTiles*g.itemPanels*tileWork > 2*minItemWork {
		if g.itemTiles >= g.itemPanels {
			g.itemTiles = ceil(g.itemTiles, 2)
		} else {
			g.itemPanels = ceil(g.itemPanels, 2)
		}
	}
}

// tileTable returns the taps and rows of a tile that has count rows. The kernel
// computes MR rows all the same: the others are the first one, and are not stored.
func (g *Plan) tileTable(count, lda int) (taps, rows []int32) {
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
	if !g.sharedB || g.splitK != nil || g.spec.batch() == 0 {
		return 0
	}
	return g.spec.K * g.set.PaddedColumns(g.spec.N)
}

// PacksB says whether Run packs or rounds B. If it does neither, PackB saves nothing.
func (g *Plan) PacksB() bool { return !g.readsBInPlace || g.rounded != nil }

// PackB packs B, the right operand, for RunPacked. It pays when B serves several
// runs, as weights do. There is nothing to pack, and PackedSize is 0, if the batch
// has a B each (a StrideB other than 0) or the product is cut along K (a transposed
// A and a long K).
func (g *Plan) PackB(p *pool.Pool, packed, b []float32) {
	if _, need, _ := g.given.extents(); len(b) < need || len(packed) < g.PackedSize() {
		panic(fmt.Sprintf("gemm: B and packed B have %d and %d elements: expected at least %d and %d",
			len(b), len(packed), need, g.PackedSize()))
	}
	if g.PackedSize() == 0 {
		return
	}
	if g.rounded != nil {
		rounded := scratch.Get(g.rounded.b.Size())
		defer rounded.Free()
		g.rounded.b.Float32(p, rounded.Data, b)
		b = rounded.Data
	}
	g.packSliceOfB(p, packed, b, 0, g.spec.K)
}

// packSliceOfB packs the rows [k0, k1) of B into micropanels. It reads B in the order of memory: a row at a time, or a
// micropanel at a time if B is transposed.
func (g *Plan) packSliceOfB(p *pool.Pool, packed, b []float32, k0, k1 int) {
	s, set := g.spec, g.set
	const rows, together = 32, 2
	if s.TransB {
		p.Run(ceil(g.colPanels, together), func(item, _ int) {
			for j := item * together; j < min((item+1)*together, g.colPanels); j++ {
				column := j * set.NR
				width := set.PanelWidth(column, s.N)
				set.PackBTransposed(packed[column*(k1-k0):], b[column*s.LDB+k0:], k1-k0, min(width, s.N-column), width, s.LDB)
			}
		})
		return
	}
	whole := s.N / set.NR // panels
	p.Run(ceil(k1-k0, rows), func(item, _ int) {
		for k := k0 + item*rows; k < min(k0+(item+1)*rows, k1); k++ {
			if whole > 0 {
				set.CopyBlocksApart(packed[(k-k0)*set.NR:], b[k*s.LDB:], whole, set.NR, set.NR*(k1-k0))
			}
			if column := whole * set.NR; column < s.N {
				width := set.PanelWidth(column, s.N)
				set.PackB(packed[column*(k1-k0)+(k-k0)*width:], b[k*s.LDB+column:], 1, s.N-column, width, s.LDB)
			}
		}
	})
}

func ceil(a, b int) int { return (a + b - 1) / b }
