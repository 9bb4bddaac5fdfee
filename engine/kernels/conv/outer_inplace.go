package conv

import "github.com/kontrast-ml/kontrast/engine/pool"

// outerInPlace computes a weight gradient from images that are not packed; a worker may round them one by one.
type outerInPlace struct {
	correlation
	table   *pairs         // of one image
	parts   splitSum       // a unit is a block of pixels
	rounded *roundedImages // one image, or nil
	// Elements from image to image of x and dy, if they are rounded.
	imageX, imageDY int
}

// partPixels is the least number of output pixels worth a part.
const partPixels = 4 * pixelBlock

func newOuterInPlace(c correlation) *outerInPlace {
	k := &outerInPlace{correlation: c, table: c.pairTable(1, c.inC, c.groups*c.o)}
	k.parts = newSplitSum(c.dwSize(), c.spec.N*len(k.table.blocks), 1)
	k.parts.count = max(1, min(k.parts.count, c.spec.N*c.outPixels/partPixels))
	return k
}

func (k *outerInPlace) scratchSize(threads int) int {
	size := k.parts.scratchSize()
	if k.merged {
		size += k.spec.padSize()
	}
	if k.rounded != nil {
		size += threads * k.rounded.size()
	}
	return size
}

func (k *outerInPlace) weightGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	if k.merged {
		x = k.spec.padColumns(p, scratch[k.parts.scratchSize():], x)
	}
	image := func(i, _ int) (xi, dyi []float32) {
		return x[i*k.inPixels*k.inC:], dy[i*k.outPixels*k.groups*k.o:]
	}
	if k.rounded != nil {
		own := scratch[k.parts.scratchSize():]
		image = func(i, worker int) (xi, dyi []float32) {
			return k.rounded.round(nil, own[worker*k.rounded.size():], x[i*k.imageX:], dy[i*k.imageDY:])
		}
	}
	k.parts.run(p, dw, scratch, func(sums []float32, u0, u1, _, _, worker int) {
		k.part(sums, func(i int) (xi, dyi []float32) { return image(i, worker) }, u0, u1)
	})
	k.parts.addUp(p, k.set, dw, scratch)
}

// part sums the blocks [from, to), counted through the batch.
func (k *outerInPlace) part(dw []float32, image func(i int) (x, dy []float32), from, to int) {
	clear(dw)
	perImage := len(k.table.blocks)
	var x, dy []float32
	for i := from; i < to; i++ {
		block := i % perImage
		if i == from || block == 0 {
			x, dy = image(i / perImage)
		}
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
