package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Sizes that decide how a convolution is cut up.
const (
	// cacheWeights is how much of packed weights may stay in the second-level
	// cache while a chunk of tiles passes.
	cacheWeights = 640 << 10
	// cacheInput bounds the input of a chunk of tiles that meets several panels.
	cacheInput = 256 << 10
	// minWork is the least number of multiplications worth an item of the pool.
	minWork = 1 << 20
	// groupWeights is how much of packed weights a group has at most that is computed tile by tile with its neighbors:
	// groups of few channels share cache lines of the images.
	groupWeights = 16 << 10
	// groupTiles is how many tiles a group computes before the next one does.
	groupTiles = 4
	// maxByPixel is the largest map for which tiles across images are considered.
	maxByPixel = 32 * 32
)

// direct is a convolution, forward or backward to its input, as an indirect
// matrix product: the rows of a tile are output pixels, the columns output
// channels, and for every tap the table says which input pixel a row reads.
//
// An output is the sum of its products by fused multiply-adds in order of tap
// and channel, so |error| ≤ T·2⁻²⁴·Σ|x·w| to first order with T = KH·KW·C/Groups
// products (KH·KW·O/Groups for the input gradient).
type direct struct {
	set    micro.Set
	groups int
	n      int // images
	k, o   int // channels per group, read and written

	geometry
	full, tail *table // tail: the last images, if they are fewer; else nil
	zero       []float32

	threads   int // for which items are cut
	panels    int // column panels of a group
	perTiles  int // tiles of an item
	perPanel  int // panels of an item
	perGroups int // groups of an item; if there are several, they are computed tile by tile
}

// newDirect completes a direct convolution of which set to geometry are given.
func newDirect(d direct) *direct {
	d.zero = make([]float32, d.k)
	d.panels = ceil(d.o, d.set.NR)
	d.tapRows = d.k
	d.buildTable()
	d.chooseItems()
	return &d
}

// newDirectForward plans y = conv(x, w).
func newDirectForward(s Spec, set micro.Set) *direct {
	return newDirect(direct{
		set: set, groups: s.Groups, n: s.N, k: s.C / s.Groups, o: s.O / s.Groups, threads: s.Threads,
		geometry: s.forwardGeometry(),
	})
}

// newDirectInputGrad plans dx from dy.
func newDirectInputGrad(s Spec, set micro.Set) *direct {
	return newDirect(direct{
		set: set, groups: s.Groups, n: s.N, k: s.O / s.Groups, o: s.C / s.Groups, threads: s.Threads,
		geometry: s.inputGradGeometry(),
	})
}

// buildTable builds the tables of the kind of tile that reads fewer taps.
func (d *direct) buildTable() {
	mr := d.set.MR
	build := func(make func(images, mr int) *table, images int) (full, tail *table, cost int) {
		images = min(images, d.n)
		full = make(images, mr)
		cost = full.cost() * (d.n / images)
		if rest := d.n % images; rest > 0 {
			tail = make(rest, mr)
			cost += tail.cost()
		}
		return full, tail, cost
	}
	pixels := ceil(d.outH, d.phaseH) * ceil(d.outW, d.phaseW)
	var cost int
	d.full, d.tail, cost = build(d.tableByImage, mr/gcd(pixels, mr))
	if d.n > 1 && d.outH*d.outW <= maxByPixel {
		if full, tail, other := build(d.tableByPixel, mr); other < cost*31/32 {
			d.full, d.tail = full, tail
		}
	}
}

// chooseItems decides how the convolution is cut into items.
func (d *direct) chooseItems() {
	mr, nr := d.set.MR, d.set.NR
	d.perPanel, d.perGroups = d.panels, 1
	if 4*d.packedGroup() > cacheWeights {
		d.perPanel = 1
	}
	if d.groups > 1 && 4*d.packedGroup() <= groupWeights {
		d.perGroups = min(d.groups, cacheWeights/(4*d.packedGroup()))
	}
	d.perTiles = min(len(d.full.tiles), max(1, cacheInput/(4*mr*d.k*d.perGroups)))
	work := d.perGroups * mr * nr * max(1, d.full.cost()*d.k/len(d.full.tiles))
	outer := ceil(d.groups, d.perGroups) * ceil(d.n, d.full.images)
	for outer*ceil(len(d.full.tiles), d.perTiles)*ceil(d.panels, d.perPanel) < pool.Items(d.threads) &&
		d.perTiles*d.perPanel > 1 && d.perTiles*d.perPanel*work > 2*minWork {
		if d.perTiles >= d.perPanel {
			d.perTiles = ceil(d.perTiles, 2)
		} else {
			d.perPanel = ceil(d.perPanel, 2)
		}
	}
}

// packedGroup is the size of the packed weights of a group.
func (d *direct) packedGroup() int { return d.taps * d.k * d.set.PaddedColumns(d.o) }

func (d *direct) packedSize() int { return d.groups * d.packedGroup() }

// eachPanel calls f for every panel of every group with its place in the packed weights.
func (d *direct) eachPanel(p *pool.Pool, f func(group, column, cols, width, at int)) {
	p.Run(d.groups*d.panels, func(item, _ int) {
		group, column := item/d.panels, item%d.panels*d.set.NR
		width := d.set.PanelWidth(column, d.o)
		f(group, column, min(width, d.o-column), width, group*d.packedGroup()+column*d.taps*d.k)
	})
}

// packForward packs w [taps, k, groups·o].
func (d *direct) packForward(p *pool.Pool, packed, w []float32) {
	ld := d.groups * d.o
	d.eachPanel(p, func(group, column, cols, width, at int) {
		d.set.PackB(packed[at:], w[group*d.o+column:], d.taps*d.k, cols, width, ld)
	})
}

// packInputGrad packs w [taps, o, groups·k].
func (d *direct) packInputGrad(p *pool.Pool, packed, w []float32) {
	ld := d.groups * d.k
	d.eachPanel(p, func(group, column, cols, width, at int) {
		for tap := range d.taps {
			d.set.PackBTransposed(packed[at+tap*d.k*width:], w[(tap*d.o+column)*ld+group*d.k:], d.k, cols, width, ld)
		}
	})
}

// run computes the output y from the input x.
func (d *direct) run(p *pool.Pool, y, x, packed []float32) {
	sets := ceil(d.n, d.full.images)
	down := ceil(len(d.full.tiles), d.perTiles)
	across := ceil(d.panels, d.perPanel)
	p.Run(ceil(d.groups, d.perGroups)*across*sets*down, func(item, _ int) {
		// Neighboring items share panels of weights.
		chunk, item := item%down, item/down
		set, item := item%sets, item/sets
		across, span := item%across, item/across
		tab := d.full
		if d.tail != nil && (set+1)*d.full.images > d.n {
			tab = d.tail
		}
		tiles := tab.tiles[min(chunk*d.perTiles, len(tab.tiles)):min((chunk+1)*d.perTiles, len(tab.tiles))]
		if d.perGroups == 1 {
			d.tiles(y, x, packed, span, across*d.perPanel, set, tab, tiles)
			return
		}
		for i := 0; i < len(tiles); i += groupTiles {
			for group := span * d.perGroups; group < min((span+1)*d.perGroups, d.groups); group++ {
				d.tiles(y, x, packed, group, across*d.perPanel, set, tab, tiles[i:min(i+groupTiles, len(tiles))])
			}
		}
	})
}

// tiles computes perPanel panels of tiles of one set of images, which are of tab.
func (d *direct) tiles(y, x, packed []float32, group, panel, set int, tab *table, tiles []tile) {
	x = x[set*d.full.images*d.inH*d.inW*d.inC+group*d.k:]
	var dump [64]float32
	t := micro.Tile{Zero: &d.zero[0], Dump: &dump[0]}
	for j := panel; j < min(panel+d.perPanel, d.panels); j++ {
		column := j * d.set.NR
		width := d.set.PanelWidth(column, d.o)
		channel := group*d.o + column
		at := set*d.full.images*d.outH*d.outW*d.outC + channel
		t.Columns = min(width, d.o-column)
		t.B = &packed[group*d.packedGroup()+column*d.taps*d.k]
		for i := range tiles {
			tile := &tiles[i]
			t.Taps, t.Rows = &tab.taps[tile.taps], &tab.rows[tile.rows]
			t.NTaps, t.K = int(tile.ntaps), 4*d.k
			if tile.ntaps == 0 { // one step of zeros
				t.NTaps, t.K = 1, 4
			}
			t.A, t.C = &x[tile.in], &y[at+tile.out]
			d.set.Microkernel(&t, width)
		}
	}
}

func ceil(a, b int) int { return (a + b - 1) / b }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
