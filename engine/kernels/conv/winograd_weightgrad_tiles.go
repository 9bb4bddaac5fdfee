package conv

import "github.com/kontrast-ml/kontrast/engine/pool"

// If all blocks of a winogradWeightGrad are transformed together, tiles of the sums, which a worker keeps in the
// second-level cache, are transformed back at once: all sums of wide layers would not stay in any cache. The order of
// addition is the same.

const (
	tileRows    = 64 // at most: fewer if there are more threads than tiles
	tileColumns = 32
)

func (g *winogradWeightGrad) transformsAllAtOnce() bool { return g.batch == g.blocks() }

// tileMatrix is the size of a tile at one frequency.
func (g *winogradWeightGrad) tileMatrix() int { return tileRows*tileColumns + skew }

func (g *winogradWeightGrad) tileSize() int { return g.frequencies() * g.tileMatrix() }

func (g *winogradWeightGrad) byTiles(p *pool.Pool, dw, x, dy, scratch []float32) {
	s, n := g.spec, g.blocks()
	xs, own := scratch[:g.frequencies()*g.matrix(s.C)], scratch[g.transformed():]
	dys := scratch[len(xs):g.transformed()]
	inputs := s.C / blockChannels
	p.Run(inputs+s.O/blockChannels, func(c, _ int) {
		if c < inputs {
			g.transformX(xs, x, 0, n, c, c+1)
		} else {
			g.transformDY(dys, dy, 0, n, c-inputs, c-inputs+1)
		}
	})
	rows, across := tileRows, ceil(s.O, tileColumns)
	for rows > blockChannels && ceil(s.C, rows)*across < p.Threads() {
		rows /= 2
	}
	p.Run(ceil(s.C, rows)*across, func(item, worker int) {
		c0, o0 := item/across*rows, item%across*tileColumns
		c1, o1 := min(c0+rows, s.C), min(o0+tileColumns, s.O)
		t := sumTile{sums: own[worker*g.tileSize():], c0: c0, c1: c1, o0: o0, matrix: g.tileMatrix(), ld: tileColumns}
		for f := range g.frequencies() {
			for o := o0; o < o1; o += blockChannels {
				g.multiply(t, xs, dys, f, o, n, true)
			}
		}
		g.inverseTransform(dw, t, c0, c1, o1-o0)
	})
}
