package augment

import "math"

// blurrer is a separable Gaussian blur. The zero value is ready.
type blurrer struct {
	weights []float32 // of the distances 0, 1, …
	padded  []float32 // one row with its reflected margins
	image   []float32 // the image after the horizontal pass
	taps    [][]float32
	full    []float32 // the weights from one end of the kernel to the other
}

// apply blurs x [height, width, 3] in place with a kernel of so many pixels, or
// of 4 sigma to either side if kernel is 0. Beyond its edges the image is
// reflected, without repeating the edge.
func (b *blurrer) apply(x []float32, width, height int, sigma float64, kernel int) {
	b.plan(sigma, kernel)
	reach := len(b.weights) - 1
	if reach == 0 {
		return
	}
	b.padded = grow(b.padded, 3*(width+2*reach))
	b.image = grow(b.image, len(x))
	b.taps, b.full = grow(b.taps, 2*reach+1), grow(b.full, 2*reach+1)
	for t := range b.full {
		b.full[t] = b.weights[max(t-reach, reach-t)]
	}
	stride := 3 * width
	for y := range height {
		row := x[y*stride:][:stride]
		copy(b.padded[3*reach:], row)
		for k := range reach {
			copy(b.padded[3*(reach-1-k):][:3], row[3*reflect(-1-k, width):])
			copy(b.padded[3*(reach+width+k):][:3], row[3*reflect(width+k, width):])
		}
		for t := range b.taps {
			b.taps[t] = b.padded[3*t:][:stride]
		}
		combine(b.image[y*stride:][:stride], b.taps, b.full)
	}
	for y := range height {
		for t := range b.taps {
			b.taps[t] = b.image[reflect(y+t-reach, height)*stride:][:stride]
		}
		combine(x[y*stride:][:stride], b.taps, b.full)
	}
}

// plan computes the kernel, exp(-d²/2σ²) normalized over its width. Weights too
// small to change a float32 on the scale 0 to 1 are left out.
func (b *blurrer) plan(sigma float64, kernel int) {
	reach := kernel / 2
	if kernel == 0 {
		reach = int(math.Ceil(4 * sigma))
	}
	b.weights = b.weights[:0]
	weight := func(d int) float64 { return math.Exp(-0.5 * float64(d*d) / (sigma * sigma)) }
	sum := 1.0
	for d := 1; d <= reach; d++ {
		sum += 2 * weight(d)
	}
	b.weights = append(b.weights, float32(1/sum))
	for d := 1; d <= reach && sigma > 0; d++ {
		w := weight(d) / sum
		if w < 1e-9 {
			break
		}
		b.weights = append(b.weights, float32(w))
	}
}

// reflect maps a position beyond the edges of n positions back into them: -1 to 1, n to n-2.
func reflect(i, n int) int {
	if n == 1 {
		return 0
	}
	for i < 0 || i >= n {
		if i < 0 {
			i = -i
		} else {
			i = 2*(n-1) - i
		}
	}
	return i
}
