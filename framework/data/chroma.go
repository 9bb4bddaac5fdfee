package data

import (
	"image"

	"github.com/kontrast-ml/kontrast/framework/data/internal/jpeg"
)

// fillJPEG converts a color JPEG, decoded at 1/by of its size, as libjpeg-turbo does by default.
func (m *Image) fillJPEG(from *image.YCbCr, by int) {
	m.Reset(from.Rect.Dx(), from.Rect.Dy())
	jpeg.Convert(m.Pix, from, by)
}

// fillVP8 converts a lossy WebP image, whose chroma has half its width and height and whose values are those of video
// (luma 16 to 235), as libwebp does by default: chroma is interpolated, in both
// directions at once, with weights 9, 3, 3 and 1 of 16, and converted in fixed
// point of 14 bits (ITU-R BT.601).
func (m *Image) fillVP8(from *image.YCbCr) {
	m.Reset(from.Rect.Dx(), from.Rect.Dy())
	width, height := (m.Width+1)/2, (m.Height+1)/2
	row := func(plane []uint8, y int) []uint8 { return plane[min(max(y, 0), height-1)*from.CStride:][:width] }
	cb, cr := make([]uint8, m.Width), make([]uint8, m.Width)
	for y := range m.Height {
		beside := y/2 + 2*(y&1) - 1 // the second nearest row of chroma
		vp8Chroma(row(from.Cb, y/2), row(from.Cb, beside), cb)
		vp8Chroma(row(from.Cr, y/2), row(from.Cr, beside), cr)
		luma := from.Y[y*from.YStride:][:m.Width]
		pixels := m.Pix[3*y*m.Width:][:3*m.Width]
		for x, v := range luma {
			light, u, w := high(v, 19077), cb[x], cr[x]
			pixels[3*x] = clip8((light + high(w, 26149) - 14234) >> 6)
			pixels[3*x+1] = clip8((light - high(u, 6419) - high(w, 13320) + 8708) >> 6)
			pixels[3*x+2] = clip8((light + high(u, 33050) - 17685) >> 6)
		}
	}
}

func clip8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

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
