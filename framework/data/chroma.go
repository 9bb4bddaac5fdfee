package data

import (
	"image"
	"sync"
)

// chroma is the chroma of an image at full size, a row of Cb and of Cr at a time.
type chroma struct {
	from          *image.YCbCr
	width, height int // of the planes, as far as they are real
	cb, cr        []uint8
}

// planes are the sizes of the chroma planes of an image whose area begins at (0, 0).
func newChroma(from *image.YCbCr) *chroma {
	area := from.Rect
	width, height := area.Dx(), area.Dy()
	c := &chroma{from: from, width: width, height: height, cb: make([]uint8, width+1), cr: make([]uint8, width+1)}
	switch from.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.width = (width + 1) / 2
	case image.YCbCrSubsampleRatio420:
		c.width, c.height = (width+1)/2, (height+1)/2
	case image.YCbCrSubsampleRatio440:
		c.height = (height + 1) / 2
	case image.YCbCrSubsampleRatio411:
		c.width = (width + 3) / 4
	case image.YCbCrSubsampleRatio410:
		c.width, c.height = (width+3)/4, (height+1)/2
	}
	return c
}

// row is a row of a plane; the rows beyond the edges are those at the edges.
func (c *chroma) row(plane []uint8, y int) []uint8 {
	y = min(max(y, 0), c.height-1)
	return plane[y*c.from.CStride:][:c.width]
}

// fillJPEG converts a color JPEG as libjpeg-turbo does by default, and so PIL
// and PyTorch: where chroma is halved in width, in height or in both it is
// interpolated by a triangle filter ("fancy upsampling" of its jdsample.c: the
// nearer sample counts three times the other, rounded down and up in turns);
// elsewhere each chroma sample stands for all the pixels that share it. The
// conversion is that of JFIF 1.02 in fixed point of 16 bits.
func (m *Image) fillJPEG(from *image.YCbCr) {
	m.Reset(from.Rect.Dx(), from.Rect.Dy())
	c := newChroma(from)
	tables := conversions()
	for y := range m.Height {
		c.upsample(y)
		luma := from.Y[y*from.YStride:][:m.Width]
		row := m.Pix[3*y*m.Width:][:3*m.Width]
		for x, v := range luma {
			cb, cr := c.cb[x], c.cr[x]
			red := int32(v) + tables.red[cr]
			green := int32(v) + (tables.greenCb[cb]+tables.greenCr[cr])>>16
			blue := int32(v) + tables.blue[cb]
			row[3*x], row[3*x+1], row[3*x+2] = clip8(red), clip8(green), clip8(blue)
		}
	}
}

func clip8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// upsample fills cb and cr for the image's row y.
func (c *chroma) upsample(y int) {
	for _, plane := range []struct{ from, to []uint8 }{{c.from.Cb, c.cb}, {c.from.Cr, c.cr}} {
		to := plane.to[:c.from.Rect.Dx()]
		switch c.from.SubsampleRatio {
		case image.YCbCrSubsampleRatio444:
			copy(to, c.row(plane.from, y))
		case image.YCbCrSubsampleRatio440:
			between(c.row(plane.from, y/2), c.row(plane.from, y/2+beside(y)), 1+y&1, to)
		case image.YCbCrSubsampleRatio422:
			if c.width > 2 {
				twiceWide(c.row(plane.from, y), plane.to)
			} else {
				replicate(c.row(plane.from, y), 2, to)
			}
		case image.YCbCrSubsampleRatio420:
			if c.width > 2 {
				twiceBoth(c.row(plane.from, y/2), c.row(plane.from, y/2+beside(y)), plane.to)
			} else {
				replicate(c.row(plane.from, y/2), 2, to)
			}
		case image.YCbCrSubsampleRatio411:
			replicate(c.row(plane.from, y), 4, to)
		default: // 4:1:0
			replicate(c.row(plane.from, y/2), 4, to)
		}
	}
}

// beside is where the second nearest row of chroma lies: above for even rows of
// the image, below for odd ones.
func beside(y int) int { return 2*(y&1) - 1 }

func replicate(from []uint8, times int, to []uint8) {
	for x := range to {
		to[x] = from[x/times]
	}
}

// between is the row at a quarter of the way from one to the other.
func between(near, far []uint8, rounding int, to []uint8) {
	for x := range to {
		to[x] = uint8((3*int(near[x]) + int(far[x]) + rounding) >> 2)
	}
}

// twiceWide doubles the width of a row, to at least 2·len(from)-1 values.
func twiceWide(from, to []uint8) {
	last := len(from) - 1
	for i, v := range from {
		near := 3 * int(v)
		left, right := v, v
		if i > 0 {
			left = uint8((near + int(from[i-1]) + 1) >> 2)
		}
		if i < last {
			right = uint8((near + int(from[i+1]) + 2) >> 2)
		}
		to[2*i] = left
		if 2*i+1 < len(to) {
			to[2*i+1] = right
		}
	}
}

// twiceBoth doubles the width of what lies a quarter of the way from one row to
// the other, at the precision of the sums.
func twiceBoth(near, far, to []uint8) {
	sum := func(i int) int { return 3*int(near[i]) + int(far[i]) }
	last := len(near) - 1
	this, before := sum(0), 0
	for i := range near {
		left, right, next := (4*this+8)>>4, (4*this+7)>>4, 0
		if i > 0 {
			left = (3*this + before + 8) >> 4
		}
		if i < last {
			next = sum(i + 1)
			right = (3*this + next + 7) >> 4
		}
		to[2*i] = uint8(left)
		if 2*i+1 < len(to) {
			to[2*i+1] = uint8(right)
		}
		before, this = this, next
	}
}

// tables convert chroma; those of green are not rounded yet.
type tables struct{ red, greenCb, greenCr, blue [256]int32 }

var conversions = sync.OnceValue(func() *tables {
	fixed := func(x float64) int32 { return int32(x*65536 + 0.5) }
	const half = 1 << 15
	t := &tables{}
	for i := range int32(256) {
		x := i - 128
		t.red[i] = (fixed(1.402)*x + half) >> 16
		t.blue[i] = (fixed(1.772)*x + half) >> 16
		t.greenCr[i] = -fixed(0.71414) * x
		t.greenCb[i] = -fixed(0.34414)*x + half
	}
	return t
})

// fillVP8 converts a lossy WebP image, whose values are those of video (luma 16
// to 235), as libwebp does by default: chroma is interpolated, in both
// directions at once, with weights 9, 3, 3 and 1 of 16, and converted in fixed
// point of 14 bits (ITU-R BT.601).
func (m *Image) fillVP8(from *image.YCbCr) {
	m.Reset(from.Rect.Dx(), from.Rect.Dy())
	c := newChroma(from)
	for y := range m.Height {
		vp8Chroma(c.row(from.Cb, y/2), c.row(from.Cb, y/2+beside(y)), c.cb[:m.Width])
		vp8Chroma(c.row(from.Cr, y/2), c.row(from.Cr, y/2+beside(y)), c.cr[:m.Width])
		luma := from.Y[y*from.YStride:][:m.Width]
		row := m.Pix[3*y*m.Width:][:3*m.Width]
		for x, v := range luma {
			light, u, w := high(v, 19077), c.cb[x], c.cr[x]
			row[3*x] = clip8((light + high(w, 26149) - 14234) >> 6)
			row[3*x+1] = clip8((light - high(u, 6419) - high(w, 13320) + 8708) >> 6)
			row[3*x+2] = clip8((light + high(u, 33050) - 17685) >> 6)
		}
	}
}

func high(v uint8, factor int32) int32 { return int32(v) * factor >> 8 }

// vp8Chroma is the chroma of a row of the image, which lies a quarter of the
// way from one row of chroma to the other.
func vp8Chroma(near, far, to []uint8) {
	to[0] = uint8((3*int(near[0]) + int(far[0]) + 2) >> 2)
	for x := 1; x < len(to); x++ {
		i, other := x/2, x/2-1 // the nearer sample, and its neighbor on the other side of the pixel
		if x&1 == 1 {
			other = i + 1
		}
		if other == len(near) {
			to[x] = uint8((3*int(near[i]) + int(far[i]) + 2) >> 2)
			continue
		}
		sum := int(near[i]) + int(near[other]) + int(far[i]) + int(far[other]) + 8
		diagonal := (sum + 2*(int(near[other])+int(far[i]))) >> 3
		to[x] = uint8((diagonal + int(near[i])) >> 1)
	}
}
