package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// depthwise says whether every channel is a group of its own.
func (s Spec) depthwise() bool { return s.Groups > 1 && s.Groups == s.C && s.C == s.O }

// depthwise is a convolution channel by channel, forward or backward to its
// input: an output pixel is a sum over taps of a pixel times the tap's weights.
// The error is that of direct.
type depthwise struct {
	set   micro.Set
	n, c  int
	table *table // of one image, a tile being a pixel
	geometry
}

func newDepthwise(s Spec, g geometry) *depthwise {
	g.tapRows = s.C // an entry of the table is where the weights of the tap begin
	return &depthwise{set: micro.For(cpu.Tier()), n: s.N, c: s.C, geometry: g, table: g.tableByImage(1, 1)}
}

func (d *depthwise) packedSize() int { return d.geometry.taps * d.c }

func (d *depthwise) packForward(_ *pool.Pool, packed, w []float32) { copy(packed[:d.packedSize()], w) }

func (d *depthwise) packInputGrad(p *pool.Pool, packed, w []float32) { d.packForward(p, packed, w) }

func (d *depthwise) scratchSize(int) int { return 0 }

func (d *depthwise) inputGrad(p *pool.Pool, dx, dy, packed, scratch []float32) {
	d.forward(p, dx, dy, packed, scratch)
}

func (d *depthwise) forward(p *pool.Pool, y, x, packed, _ []float32) {
	tiles := d.table.tiles
	perItem := max(1, minWork/8/(d.geometry.taps*d.c))
	down := ceil(len(tiles), perItem)
	p.Run(d.n*down, func(item, _ int) {
		image, first := item/down, item%down*perItem
		x := x[image*d.inH*d.inW*d.c:]
		for i := first; i < min(first+perItem, len(tiles)); i++ {
			t := &tiles[i]
			sums := y[image*d.outH*d.outW*d.c+t.out:][:d.c]
			if t.ntaps == 0 {
				clear(sums)
			} else {
				d.set.Dot(sums, packed, x[t.in:], d.table.taps[t.taps:t.taps+2*t.ntaps], true)
			}
		}
	})
}
