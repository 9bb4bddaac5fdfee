package augment

import (
	"math"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// byteCanvas computes in the 8-bit arithmetic of Pillow 9.4, as torchvision
// does on PIL images.
type byteCanvas struct {
	x             []uint8
	width, height int
	wide          []uint8 // after the horizontal pass of the resampling
	fixed         []int   // weights of the resampling, with 22 fractional bits
	spare         []uint8 // of the blur
	out           []float32
}

func (c *byteCanvas) pixels() []float32 {
	c.out = grow(c.out, len(c.x))
	unpack(c.out, c.x)
	return c.out
}

// resize rounds to 8 bits after each of the two passes.
func (c *byteCanvas) resize(src *data.Image, part box, vertical, horizontal *axis) {
	c.width, c.height = len(horizontal.start), len(vertical.start)
	c.wide = grow(c.wide, 3*c.width*part.height)
	c.x = grow(c.x, 3*c.width*c.height)
	c.fix(horizontal)
	for y := range part.height {
		from := src.Pix[3*((part.top+y)*src.Width+part.left):]
		to := c.wide[3*c.width*y:]
		for x, start := range horizontal.start {
			for channel := range 3 {
				to[3*x+channel] = weigh(from[3*start+channel:], 3, c.fixed[x*horizontal.taps:][:horizontal.taps])
			}
		}
	}
	c.fix(vertical)
	stride := 3 * c.width
	for y, start := range vertical.start {
		for i := range stride {
			c.x[y*stride+i] = weigh(c.wide[start*stride+i:], stride, c.fixed[y*vertical.taps:][:vertical.taps])
		}
	}
}

func (c *byteCanvas) fix(a *axis) {
	c.fixed = grow(c.fixed, len(a.start)*a.taps)
	for i := range c.fixed {
		c.fixed[i] = int(math.Round(float64(a.weights[i]) * (1 << 22)))
	}
}

func weigh(x []uint8, stride int, weights []int) uint8 {
	sum := 1 << 21
	for t, w := range weights {
		sum += w * int(x[t*stride])
	}
	return uint8(min(max(sum>>22, 0), 255))
}

// luma is Pillow's conversion to gray.
func luma(r, g, b uint8) uint8 {
	return uint8((19595*int(r) + 38470*int(g) + 7471*int(b) + 1<<15) >> 16)
}

// blend is Pillow's: from a degenerate image toward x, or beyond it, truncated.
func blend(degenerate, x uint8, factor float32) uint8 {
	// the conversion forbids a fused multiply-add
	v := float32(degenerate) + float32(factor*float32(int(x)-int(degenerate)))
	return uint8(min(max(v, 0), 255))
}

func (c *byteCanvas) brighten(factor float32) {
	for i, v := range c.x {
		c.x[i] = blend(0, v, factor)
	}
}

func (c *byteCanvas) contrast(factor float32) {
	sum := 0
	for i := 0; i < len(c.x); i += 3 {
		sum += int(luma(c.x[i], c.x[i+1], c.x[i+2]))
	}
	gray := uint8(float64(sum)/float64(len(c.x)/3) + 0.5)
	for i, v := range c.x {
		c.x[i] = blend(gray, v, factor)
	}
}

func (c *byteCanvas) saturate(factor float32) {
	for i := 0; i < len(c.x); i += 3 {
		p := c.x[i : i+3]
		gray := luma(p[0], p[1], p[2])
		for channel, v := range p {
			p[channel] = blend(gray, v, factor)
		}
	}
}

func (c *byteCanvas) grayscale() {
	for i := 0; i < len(c.x); i += 3 {
		gray := luma(c.x[i], c.x[i+1], c.x[i+2])
		c.x[i], c.x[i+1], c.x[i+2] = gray, gray, gray
	}
}

func (c *byteCanvas) solarize(threshold float64) {
	from := math.Ceil(255*threshold - 1e-6) // 128/255 must mean 128
	for i, v := range c.x {
		if float64(v) >= from {
			c.x[i] = 255 - v
		}
	}
}

// turnHue goes through hue, saturation and value of 8 bits each.
func (c *byteCanvas) turnHue(share float32) {
	turn := uint8(int(share * 255)) // wraps around
	for i := 0; i < len(c.x); i += 3 {
		p := c.x[i : i+3]
		h, s, v := toHSV(p[0], p[1], p[2])
		p[0], p[1], p[2] = fromHSV(h+turn, s, v)
	}
}

func toHSV(r, g, b uint8) (h, s, v uint8) {
	most, least := max(r, g, b), min(r, g, b)
	if most == least {
		return 0, 0, most
	}
	chroma := float32(most - least)
	rc, gc, bc := float32(most-r)/chroma, float32(most-g)/chroma, float32(most-b)/chroma
	var hue float32
	switch most {
	case r:
		hue = bc - gc
	case g:
		hue = float32(2 + float64(rc) - float64(bc))
	default:
		hue = float32(4 + float64(gc) - float64(rc))
	}
	hue = float32(math.Mod(float64(hue)/6+1, 1))
	return uint8(float64(hue) * 255), uint8(float64(chroma/float32(most)) * 255), most
}

func fromHSV(h, s, v uint8) (r, g, b uint8) {
	if s == 0 {
		return v, v, v
	}
	sector, part := math.Modf(float64(h) * 6 / 255)
	saturation, value := float64(s)/255, float64(v)
	p := uint8(math.Round(value * (1 - saturation)))
	q := uint8(math.Round(value * (1 - saturation*part)))
	t := uint8(math.Round(value * (1 - saturation*(1-part))))
	switch int(sector) % 6 {
	case 0:
		return v, t, p
	case 1:
		return q, v, p
	case 2:
		return p, v, t
	case 3:
		return p, q, v
	case 4:
		return t, p, v
	}
	return v, p, q
}
