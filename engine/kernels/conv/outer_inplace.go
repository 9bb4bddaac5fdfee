package conv

import "github.com/kontrast-ml/kontrast/engine/pool"

// outerInPlace computes a kernel gradient from images as they lie. The pixels
// of the batch are cut into parts that are summed apart and added in order.
type outerInPlace struct {
	correlation
	table *pairs // of one image
	parts int
}

const (
	// partBytes bounds the memory of the partial sums.
	partBytes = 4 << 20
	// minParts and maxParts bound their number.
	minParts, maxParts = 4, 32
	// partPixels is the least number of output pixels worth a part.
	partPixels = 4 * pixelBlock
)

func newOuterInPlace(c correlation) *outerInPlace {
	k := &outerInPlace{correlation: c, table: c.tabulate(1, c.inC, c.groups*c.o)}
	k.parts = min(max(minParts, partBytes/(4*c.dwSize())), maxParts)
	k.parts = max(1, min(k.parts, c.spec.N*c.outPixels/partPixels, c.spec.N*len(k.table.blocks)))
	return k
}

func (k *outerInPlace) scratchSize(int) int {
	size := (k.parts - 1) * k.dwSize()
	if k.merged {
		size += k.spec.padSize()
	}
	return size
}

func (k *outerInPlace) kernelGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	size := k.dwSize()
	partial := func(part int) []float32 {
		if part == 0 {
			return dw
		}
		return scratch[(part-1)*size : part*size]
	}
	if k.merged {
		x = k.spec.pad(p, scratch[(k.parts-1)*size:], x)
	}
	blocks := k.spec.N * len(k.table.blocks)
	p.Run(k.parts, func(part, _ int) {
		k.part(partial(part), x, dy, part*blocks/k.parts, (part+1)*blocks/k.parts)
	})
	if k.parts == 1 {
		return
	}
	const slice = 4096
	p.Run(ceil(size, slice), func(item, _ int) {
		from, to := item*slice, min((item+1)*slice, size)
		for part := 1; part < k.parts; part++ {
			k.set.Add(dw[from:to], partial(part)[from:to])
		}
	})
}

// part sums the blocks [from, to), counted through the batch.
func (k *outerInPlace) part(dw, x, dy []float32, from, to int) {
	clear(dw)
	perImage := len(k.table.blocks)
	for i := from; i < to; i++ {
		image, block := i/perImage, i%perImage
		x := x[image*k.inPixels*k.inC:]
		dy := dy[image*k.outPixels*k.groups*k.o:]
		if k.spec.depthwise() {
			k.accumulateChannels(dw, x, dy, k.table, block)
			continue
		}
		for group := range k.groups {
			for o := 0; o < k.o; o += blockChannels {
				cols := min(blockChannels, k.o-o)
				for c := 0; c < k.c; c += blockChannels {
					k.accumulate(dw, x[group*k.c+c:], dy[group*k.o+o:], k.table, block, group, c, min(blockChannels, k.c-c), o, cols)
				}
			}
		}
	}
}
