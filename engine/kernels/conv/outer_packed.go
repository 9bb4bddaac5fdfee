package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// blockChannels is the number of channels of a block of packed images, and of
// the rows and columns of dw that are summed in registers.
const blockChannels = 16

// outerPacked computes a weight gradient with many channels. A few images at a
// time are packed into blocks of 16 channels.
type outerPacked struct {
	correlation
	images     int // packed at a time
	full, tail *pairs
	blocksC    int       // channel blocks of a group of x
	blocksO    int       // and of dy
	parts      splitSum  // a unit is a set of images that are packed together
	runX       pixelRows // of x, if pixels are images
}

// pixelRows says where the pixels that are read lie in an image tensor: in rows of length pixels, step apart.
type pixelRows struct {
	length, step   int
	rows           int // rows of an image
	image, rowStep int // pixels from image to image and from row to row
}

// packedImages bounds the memory of packed images, in elements.
const packedImages = 256 << 10

func newOuterPacked(s Spec, set micro.Set) *outerPacked {
	pixels := pixelRows{length: s.N * s.H * s.W, step: 1, rows: 1}
	if s.pointwise() {
		pixels = pixelRows{length: s.OutW(), step: s.StrideW, rows: s.OutH(), image: s.H * s.W, rowStep: s.StrideH * s.W}
		s = s.pixelsAsImages()
	}
	c := tapCorrelation(s, set)
	k := &outerPacked{correlation: c, blocksC: ceil(c.c, blockChannels), blocksO: ceil(c.o, blockChannels), runX: pixels}
	k.images = min(c.spec.N, max(1, packedImages/k.packedImage()))
	if k.images > pixelBlock/c.outPixels { // no small rest of pixels
		k.images = max(1, k.images*c.outPixels/pixelBlock*pixelBlock/c.outPixels)
	}
	k.full = c.pairTable(k.images, blockChannels, blockChannels)
	if rest := c.spec.N % k.images; rest > 0 {
		k.tail = c.pairTable(rest, blockChannels, blockChannels)
	}
	k.parts = newSplitSum(c.dwSize(), ceil(c.spec.N, k.images), c.groups*k.blocksO)
	return k
}

func (k *outerPacked) packedImage() int {
	return k.groups * blockChannels * (k.blocksC*k.inPixels + k.blocksO*k.outPixels)
}

func (k *outerPacked) scratchSize(threads int) int {
	return k.parts.scratchSize() + threads*k.images*k.packedImage()
}

func (k *outerPacked) weightGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	packed := scratch[k.parts.scratchSize():]
	size := k.images * k.packedImage()
	k.parts.run(p, dw, scratch, func(sums []float32, u0, u1, o0, o1, worker int) {
		k.part(sums, x, dy, packed[worker*size:(worker+1)*size], u0, u1, o0, o1)
	})
	k.parts.addUp(p, k.set, dw, scratch)
}

// part sums the sets of images [u0, u1) for the blocks [o0, o1) of columns,
// counted through the groups.
func (k *outerPacked) part(dw, x, dy, packed []float32, u0, u1, o0, o1 int) {
	ldX, ldDY := k.groups*k.c, k.groups*k.o
	for block := o0; block < o1; block++ {
		o, cols := k.columns(block)
		for row := range k.taps * k.c {
			clear(dw[row*ldDY+o : row*ldDY+o+cols])
		}
	}
	for unit := u0; unit < u1; unit++ {
		first := unit * k.images
		images, table := k.images, k.full
		if k.spec.N-first < images {
			images, table = k.spec.N-first, k.tail
		}
		xs := packing{images * k.inPixels, k.c, k.blocksC, x, first * k.inPixels, k.runX, ldX, packed}
		dys := packing{images * k.outPixels, k.o, k.blocksO, dy, first * k.outPixels,
			pixelRows{length: len(dy) / ldDY, step: 1, rows: 1}, ldDY,
			packed[images*k.inPixels*k.groups*k.blocksC*blockChannels:]}
		k.pack(xs, o0/k.blocksO*k.blocksC, ceil(o1, k.blocksO)*k.blocksC)
		k.pack(dys, o0, o1)
		for i := range table.blocks {
			for block := o0; block < o1; block++ {
				group := block / k.blocksO
				o, cols := k.columns(block)
				for b := range k.blocksC {
					x := group*k.blocksC + b
					k.accumulate(dw, xs.block(x), dys.block(block), table, i, group, b*blockChannels, xs.columns(x), o-group*k.o, cols)
				}
			}
		}
	}
}

// columns returns the first output channel of a block and their number.
func (k *outerPacked) columns(block int) (first, count int) {
	o := block % k.blocksO * blockChannels
	return block/k.blocksO*k.o + o, min(blockChannels, k.o-o)
}

// packing is an image tensor in blocks: to [group][block][pixel][16].
type packing struct {
	pixels, channels, blocks int // channels and blocks per group
	from                     []float32
	first                    int // pixel
	run                      pixelRows
	ld                       int
	to                       []float32
}

// block returns a block, counted through the groups.
func (s packing) block(i int) []float32 { return s.to[i*s.pixels*blockChannels:] }

// columns returns how many channels of a block exist.
func (s packing) columns(i int) int {
	return min(blockChannels, s.channels-i%s.blocks*blockChannels)
}

// locate returns where the pixel lies in memory, in pixels, and how many more of its row follow.
func (r pixelRows) locate(pixel int) (at, more int) {
	row, x := pixel/r.length, pixel%r.length
	return row/r.rows*r.image + row%r.rows*r.rowStep + x*r.step, r.length - x
}

// pack packs the blocks [from, to). Whole blocks are read pixel by pixel, as they lie in memory.
func (k *outerPacked) pack(s packing, from, to int) {
	const step = 64
	whole := s.channels%blockChannels == 0
	for pixel := 0; pixel < s.pixels; {
		at, rows := s.run.locate(s.first + pixel)
		rows = min(step, s.pixels-pixel, rows)
		if whole {
			for r := range rows {
				k.set.CopyBlocksApart(s.block(from)[(pixel+r)*blockChannels:], s.from[(at+r*s.run.step)*s.ld+from*blockChannels:],
					to-from, blockChannels, s.pixels*blockChannels)
			}
			pixel += rows
			continue
		}
		for i := from; i < to; i++ {
			channel := i/s.blocks*s.channels + i%s.blocks*blockChannels
			k.set.PackB(s.block(i)[pixel*blockChannels:], s.from[at*s.ld+channel:], rows, s.columns(i), blockChannels,
				s.run.step*s.ld)
		}
		pixel += rows
	}
}
