package augment

import "math"

// The operations here are torchvision's on tensors. They work in place on pixels
// [n, 3] on the scale 0 to 1 and leave them there. They are written for speed:
// clamping and the choices of hue compare the bits of floats, which order as
// the floats do from zero up.

// The weights of R, G and B in grayscale (ITU-R BT.601, as rounded by torchvision).
const grayR, grayG, grayB = 0.2989, 0.587, 0.114

const oneBits = 0x3f800000 // the bits of float32(1)

func clamp01(v float32) float32 { return clampBits(v, oneBits) }

// clampBits limits v to the range from 0 to the float32 of those bits.
func clampBits(v float32, top int32) float32 {
	return math.Float32frombits(uint32(min(max(int32(math.Float32bits(v)), 0), top)))
}

// brighten multiplies by a factor >= 0.
func brighten(x []float32, factor float32) {
	top := int32(oneBits)
	if factor <= 1 {
		top = math.MaxInt32
	}
	x = x[affineVectors(x, factor, float32(math.Copysign(0, -1)), math.MinInt32, top):]
	if factor <= 1 {
		for i, v := range x {
			x[i] = factor * v
		}
		return
	}
	for i, v := range x { // never below 0
		x[i] = math.Float32frombits(uint32(min(int32(math.Float32bits(factor*v)), oneBits)))
	}
}

// contrast blends with the mean gray of the whole image.
func contrast(x []float32, factor float32) {
	blend := (1 - factor) * meanGray(x)
	low, top := bounds(factor)
	x = x[affineVectors(x, factor, blend, low, top):]
	if factor <= 1 {
		for i, v := range x {
			x[i] = factor*v + blend
		}
		return
	}
	for i, v := range x {
		x[i] = clamp01(factor*v + blend)
	}
}

// bounds are the bits that a blend by a factor is limited to: up to 1 it stays between 0 and 1 by itself.
func bounds(factor float32) (low, top int32) {
	if factor <= 1 {
		return math.MinInt32, math.MaxInt32
	}
	return 0, oneBits
}

// meanGray adds up in blocks, so that large images lose no precision.
func meanGray(x []float32) float32 {
	const block = 3 * 256
	pixels := len(x) / 3
	total := 0.0
	for len(x) > 0 {
		part := x[:min(block, len(x))]
		x = x[len(part):]
		var red, green, blue float32
		for len(part) >= 3 {
			red += part[0]
			green += part[1]
			blue += part[2]
			part = part[3:]
		}
		total += float64(grayR*red + grayG*green + grayB*blue)
	}
	return float32(total / float64(pixels))
}

// saturate blends each pixel with its gray.
func saturate(x []float32, factor float32) {
	rest := 1 - factor
	r, g, b := rest*grayR, rest*grayG, rest*grayB
	low, top := bounds(factor)
	x = x[saturateVectors(x, r, g, b, factor, low, top):]
	if factor <= 1 {
		for len(x) >= 3 {
			gray := r*x[0] + g*x[1] + b*x[2]
			x[0] = factor*x[0] + gray
			x[1] = factor*x[1] + gray
			x[2] = factor*x[2] + gray
			x = x[3:]
		}
		return
	}
	for len(x) >= 3 {
		gray := r*x[0] + g*x[1] + b*x[2]
		x[0] = clamp01(factor*x[0] + gray)
		x[1] = clamp01(factor*x[1] + gray)
		x[2] = clamp01(factor*x[2] + gray)
		x = x[3:]
	}
}

// turnHue adds a share of the color circle, -0.5 to 0.5, to the hue. In the
// HSV model a channel of a color with hue h (0 to 6), smallest channel m and
// chroma c is m + c·clamp(|h-3|-1) for red, m + c·clamp(2-|h-2|) for green and
// m + c·clamp(2-|h-4|) for blue. Here hue stands for c·h, which saves the
// division, and the clamp is to [0, c].
func turnHue(x []float32, share float32) {
	turn := 6 * share
	x = x[hueVectors(x, turn):]
	for ; len(x) >= 3; x = x[3:] {
		r, g, b := x[0], x[1], x[2]
		red, green, blue := int32(math.Float32bits(r)), int32(math.Float32bits(g)), int32(math.Float32bits(b))
		most := max(red, green, blue)
		low := math.Float32frombits(uint32(min(red, green, blue)))
		chroma := math.Float32frombits(uint32(most)) - low
		// The largest channel decides where on the circle the hue is counted from.
		side, ifGreen, ifRed := math.Float32bits(4*chroma+(r-g)), math.Float32bits(2*chroma+(b-r)), math.Float32bits(g-b)
		if green == most {
			side = ifGreen
		}
		if red == most {
			side = ifRed
		}
		hue := math.Float32frombits(side) + turn*chroma // -4 to 8 chromas
		full := 6 * chroma
		hue += math.Float32frombits(math.Float32bits(full) & uint32(int32(math.Float32bits(hue))>>31)) // below 0
		over := hue - full
		hue -= math.Float32frombits(math.Float32bits(full) &^ uint32(int32(math.Float32bits(over))>>31)) // from 6 up
		top := int32(math.Float32bits(chroma))
		x[0] = low + clampBits(magnitude(hue-3*chroma)-chroma, top)
		x[1] = low + clampBits(2*chroma-magnitude(hue-2*chroma), top)
		x[2] = low + clampBits(2*chroma-magnitude(hue-4*chroma), top)
	}
}

func magnitude(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

// grayscale gives every channel the gray of its pixel.
func grayscale(x []float32) {
	low, top := bounds(0)
	x = x[saturateVectors(x, grayR, grayG, grayB, 0, low, top):]
	for len(x) >= 3 {
		gray := grayR*x[0] + grayG*x[1] + grayB*x[2]
		x[0], x[1], x[2] = gray, gray, gray
		x = x[3:]
	}
}

// solarize inverts the values that reach the threshold.
func solarize(x []float32, threshold float32) {
	x = x[solarizeVectors(x, threshold):]
	for i, v := range x {
		if v >= threshold {
			x[i] = 1 - v
		}
	}
}
