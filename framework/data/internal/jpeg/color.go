package jpeg

import (
	"image"
	"sync"
)

// Convert writes the pixels of a color image, red, green and blue, [height, width, 3], as libjpeg-turbo does by
// default, and so PIL and PyTorch: where chroma is halved in width, in height or in both it is interpolated by a
// triangle filter ("fancy upsampling" of its jdsample.c: the nearer sample counts three times the other, rounded down
// and up in turns); elsewhere each chroma sample stands for all the pixels that share it. The conversion is that of
// JFIF 1.02 in fixed point of 16 bits. The area of the image begins at (0, 0). An image that was decoded at an eighth
// of its size (by) gets no interpolation.
func Convert(to []uint8, from *image.YCbCr, by int) {
	width, height := from.Rect.Dx(), from.Rect.Dy()
	cb, cr := newUpsampler(from, from.Cb), newUpsampler(from, from.Cr)
	cb.plain, cr.plain = by == 8, by == 8
	for y := range height {
		colors(to[3*y*width:][:3*width], from.Y[y*from.YStride:][:width], cb.row(y), cr.row(y))
	}
}

// upsampler makes rows of a plane of chroma as wide as the image.
type upsampler struct {
	ratio         image.YCbCrSubsampleRatio
	plain         bool // samples are repeated
	plane         []uint8
	stride        int
	width, height int     // of the plane, as far as it is real
	sums          []int16 // of two rows of the plane, with one more value at each end
	out           []uint8
}

func newUpsampler(from *image.YCbCr, plane []uint8) *upsampler {
	width, height := from.Rect.Dx(), from.Rect.Dy()
	u := &upsampler{ratio: from.SubsampleRatio, plane: plane, stride: from.CStride, width: width, height: height}
	switch u.ratio {
	case image.YCbCrSubsampleRatio422:
		u.width = (width + 1) / 2
	case image.YCbCrSubsampleRatio420:
		u.width, u.height = (width+1)/2, (height+1)/2
	case image.YCbCrSubsampleRatio440:
		u.height = (height + 1) / 2
	case image.YCbCrSubsampleRatio411:
		u.width = (width + 3) / 4
	case image.YCbCrSubsampleRatio410:
		u.width, u.height = (width+3)/4, (height+1)/2
	}
	u.out, u.sums = make([]uint8, width+1), make([]int16, u.width+2)
	return u
}

// at is a row of the plane; the rows beyond the edges are those at the edges.
func (u *upsampler) at(y int) []uint8 {
	return u.plane[min(max(y, 0), u.height-1)*u.stride:][:u.width]
}

// row is what belongs to the image's row y. It is valid until the next call.
func (u *upsampler) row(y int) []uint8 {
	out := u.out[:len(u.out)-1]
	if u.plain {
		return u.repeated(out, y)
	}
	switch beside := 2*(y&1) - 1; u.ratio { // the second nearest row lies above for even rows of the image
	case image.YCbCrSubsampleRatio444:
		return u.at(y)
	case image.YCbCrSubsampleRatio440:
		between(out, u.at(y/2), u.at(y/2+beside), 1+y&1)
	case image.YCbCrSubsampleRatio422:
		if u.width > 2 {
			u.twice(u.at(y), u.at(y), 4, 8)
		} else {
			replicate(out, u.at(y), 2)
		}
	case image.YCbCrSubsampleRatio420:
		if u.width > 2 {
			u.twice(u.at(y/2), u.at(y/2+beside), 8, 7)
		} else {
			replicate(out, u.at(y/2), 2)
		}
	case image.YCbCrSubsampleRatio411:
		replicate(out, u.at(y), 4)
	default: // 4:1:0
		replicate(out, u.at(y/2), 4)
	}
	return out
}

// repeated is row without interpolation.
func (u *upsampler) repeated(out []uint8, y int) []uint8 {
	switch u.ratio {
	case image.YCbCrSubsampleRatio444:
		return u.at(y)
	case image.YCbCrSubsampleRatio440:
		return u.at(y / 2)
	case image.YCbCrSubsampleRatio422:
		replicate(out, u.at(y), 2)
	case image.YCbCrSubsampleRatio420:
		replicate(out, u.at(y/2), 2)
	case image.YCbCrSubsampleRatio411:
		replicate(out, u.at(y), 4)
	default:
		replicate(out, u.at(y/2), 4)
	}
	return out
}

func replicate(to, from []uint8, times int) {
	for x := range to {
		to[x] = from[x/times]
	}
}

// between is the row at a quarter of the way from one to the other.
func between(to, near, far []uint8, rounding int) {
	for x := range to {
		to[x] = uint8((3*int(near[x]) + int(far[x]) + rounding) >> 2)
	}
}

// twice doubles the width of what lies a quarter of the way from one row to the other, at the precision of the sums,
// and rounds the two values of each sample as given, in sixteenths.
func (u *upsampler) twice(near, far []uint8, left, right int16) {
	inner := u.sums[1 : len(u.sums)-1]
	weigh(inner, near, far)
	u.sums[0], u.sums[len(u.sums)-1] = inner[0], inner[len(inner)-1]
	done := double(u.out, u.sums, left, right)
	for i := done; i < len(inner); i++ {
		before, this, after := u.sums[i], u.sums[i+1], u.sums[i+2]
		u.out[2*i] = uint8((3*this + before + left) >> 4)
		if 2*i+1 < len(u.out) {
			u.out[2*i+1] = uint8((3*this + after + right) >> 4)
		}
	}
}

// weigh sums three times the nearer row and the other.
func weigh(sums []int16, near, far []uint8) {
	for i := weighVectors(sums, near, far); i < len(sums); i++ {
		sums[i] = 3*int16(near[i]) + int16(far[i])
	}
}

// colors converts a row of pixels.
func colors(to, luma, cb, cr []uint8) {
	t := conversions()
	for x := colorVectors(to, luma, cb, cr); x < len(luma); x++ {
		light, u, v := int32(luma[x]), cb[x], cr[x]
		pixel := to[3*x:][:3:3]
		pixel[0] = clip(light + t.red[v])
		pixel[1] = clip(light + (t.greenCb[u]+t.greenCr[v])>>16)
		pixel[2] = clip(light + t.blue[u])
	}
}

func clip(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

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
