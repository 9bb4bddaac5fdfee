package conv

import "github.com/kontrast-ml/kontrast/engine/pool"

// blockChannels is the number of channels of a block of packed images, and of
// the rows and columns of dw that are summed in registers.
const blockChannels = 16

// outerPacked computes a kernel gradient with many channels. A few images at a
// time are packed into blocks of 16 channels; an item is a set of blocks of dw.
type outerPacked struct {
	correlation
	images         int // packed at a time
	full, tail     *pairs
	blocksC        int // channel blocks of a group of x
	blocksO        int // and of dy
	perC           int // channel blocks of x of an item
	itemsC, itemsO int
}

// packedImages bounds the memory of packed images, in elements.
const packedImages = 256 << 10

func newOuterPacked(c correlation) *outerPacked {
	k := &outerPacked{correlation: c, blocksC: ceil(c.c, blockChannels), blocksO: ceil(c.o, blockChannels)}
	k.images = min(c.spec.N, max(1, packedImages/k.packedImage()))
	k.full = c.tabulate(k.images, blockChannels, blockChannels)
	if rest := c.spec.N % k.images; rest > 0 {
		k.tail = c.tabulate(rest, blockChannels, blockChannels)
	}
	k.itemsO = c.groups * k.blocksO
	k.itemsC = min(k.blocksC, ceil(aimItems, k.itemsO))
	k.perC = ceil(k.blocksC, k.itemsC)
	k.itemsC = ceil(k.blocksC, k.perC)
	return k
}

func (k *outerPacked) packedImage() int {
	return k.groups * blockChannels * (k.blocksC*k.inPixels + k.blocksO*k.outPixels)
}

func (k *outerPacked) scratchSize(int) int { return k.images * k.packedImage() }

func (k *outerPacked) kernelGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	ldX, ldDY := k.groups*k.c, k.groups*k.o
	for first := 0; first < k.spec.N; first += k.images {
		images, table := k.images, k.full
		if k.spec.N-first < images {
			images, table = k.spec.N-first, k.tail
		}
		xs := packing{images * k.inPixels, k.c, k.blocksC, x[first*k.inPixels*ldX:], ldX, scratch}
		dys := packing{images * k.outPixels, k.o, k.blocksO, dy[first*k.outPixels*ldDY:], ldDY,
			scratch[images*k.inPixels*k.groups*k.blocksC*blockChannels:]}
		chunksX := ceil(xs.pixels, packedPixels)
		p.Run(chunksX+ceil(dys.pixels, packedPixels), func(item, _ int) {
			if item < chunksX {
				k.pack(xs, item*packedPixels)
			} else {
				k.pack(dys, (item-chunksX)*packedPixels)
			}
		})
		p.Run(k.itemsO*k.itemsC, func(item, _ int) {
			k.item(dw, xs, dys, table, item/k.itemsC, item%k.itemsC*k.perC, first == 0)
		})
	}
}

// packing is an image tensor in blocks: to [group][block][pixel][16].
type packing struct {
	pixels, channels, blocks int // channels and blocks per group
	from                     []float32
	ld                       int
	to                       []float32
}

// block returns a block, counted through the groups.
func (s packing) block(i int) []float32 { return s.to[i*s.pixels*blockChannels:] }

// columns returns how many channels of a block exist.
func (s packing) columns(i int) int {
	return min(blockChannels, s.channels-i%s.blocks*blockChannels)
}

// packedPixels is the number of pixels of an item that packs.
const packedPixels = 64

// pack packs all channels of the pixels from the given one on.
func (k *outerPacked) pack(s packing, pixel int) {
	rows := min(packedPixels, s.pixels-pixel)
	for i := range k.groups * s.blocks {
		channel := i/s.blocks*s.channels + i%s.blocks*blockChannels
		k.set.PackRows(s.block(i)[pixel*blockChannels:], s.from[pixel*s.ld+channel:], rows, s.columns(i), blockChannels, s.ld)
	}
}

// item sums one block of columns and perC blocks of rows of dw.
func (k *outerPacked) item(dw []float32, xs, dys packing, table *pairs, blockO, firstC int, overwrite bool) {
	group := blockO / k.blocksO
	o, cols := blockO%k.blocksO*blockChannels, dys.columns(blockO)
	lastC := min(firstC+k.perC, k.blocksC)
	if overwrite {
		ld := k.groups * k.o
		for tap := range k.taps {
			for c := firstC * blockChannels; c < min(lastC*blockChannels, k.c); c++ {
				at := (tap*k.c+c)*ld + group*k.o + o
				clear(dw[at : at+cols])
			}
		}
	}
	for block := range table.blocks {
		for b := firstC; b < lastC; b++ {
			i := group*k.blocksC + b
			k.accumulate(dw, xs.block(i), dys.block(blockO), table, block, group, b*blockChannels, xs.columns(i), o, cols)
		}
	}
}
