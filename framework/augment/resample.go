package augment

import (
	"math"

	"gonum.org/v1/gonum/blas/gonum"

	"github.com/kontrast-ml/kontrast/framework/data"
)

var blas gonum.Implementation

// axis tells for each output position of one axis which source positions it is
// the weighted mean of.
type axis struct {
	taps    int       // source positions per output
	start   []int     // first of them
	weights []float32 // [outputs, taps]
	raw     []float64 // of one output, while computing

	overshoots bool // the results may leave the range of the sources
}

// filter is a resampling filter: its weight at a distance in source pixels, zero beyond support.
type filter struct {
	support float64
	at      func(x float64) float64
}

var filters = map[string]filter{
	Bilinear: {1, func(x float64) float64 { return max(1-math.Abs(x), 0) }},
	Bicubic: {2, func(x float64) float64 { // Keys 1981, a = -0.5
		x = math.Abs(x)
		switch {
		case x < 1:
			return (1.5*x-2.5)*x*x + 1
		case x < 2:
			return ((-0.5*x+2.5)*x-4)*x + 2
		}
		return 0
	}},
}

// plan prepares the resizing of length in to length out, of which the outputs
// from, …, from+count-1 are wanted, in reverse order if flip is set.
func (a *axis) plan(in, out, from, count int, interpolation string, flip bool) {
	scale := float64(in) / float64(out)
	support, stretch := 1.0, 1.0
	kernel := filters[interpolation]
	if interpolation != BilinearNoAntialias {
		stretch = max(scale, 1)
		support = kernel.support * stretch
	}
	most := min(2*int(math.Ceil(support))+1, in)
	a.start = grow(a.start, count)
	a.weights = grow(a.weights, count*most)
	a.raw = grow(a.raw, most)
	a.taps = 1
	a.overshoots = interpolation == Bicubic
	// The rows of weights have most entries at first and are closed up when it is known how many are used.
	for k := range count {
		o := from + k
		if flip {
			o = from + count - 1 - k
		}
		var first, used int
		if interpolation == BilinearNoAntialias {
			x := max((float64(o)+0.5)*scale-0.5, 0)
			first = min(int(x), in-1)
			used = min(2, in-first)
			a.raw[0] = 1
			if used == 2 {
				a.raw[1] = x - float64(first)
				a.raw[0] = 1 - a.raw[1]
			}
		} else {
			center := (float64(o) + 0.5) * scale
			first = max(int(center-support+0.5), 0)
			used = min(int(center+support+0.5), in) - first
			sum := 0.0
			for t := range used {
				a.raw[t] = kernel.at((float64(first+t) - center + 0.5) / stretch)
				sum += a.raw[t]
			}
			for t := range used {
				a.raw[t] /= sum
			}
		}
		weights := a.raw[:used]
		for len(weights) > 1 && weights[0] == 0 {
			weights = weights[1:]
			first++
		}
		for len(weights) > 1 && weights[len(weights)-1] == 0 {
			weights = weights[:len(weights)-1]
		}
		a.taps = max(a.taps, len(weights))
		row := a.weights[k*most : (k+1)*most]
		clear(row)
		// No row may reach beyond the last source position, once it has a.taps entries.
		shift := max(first+most-in, 0)
		a.start[k] = first - shift
		for t, w := range weights {
			row[shift+t] = float32(w)
		}
	}
	a.close(count, most, in)
}

// close shortens the rows of weights from most to a.taps entries.
func (a *axis) close(count, most, in int) {
	for k := range count {
		row := a.weights[k*most : (k+1)*most]
		skip := 0
		for skip < most-a.taps && row[skip] == 0 {
			skip++
		}
		a.start[k] += skip
		copy(a.weights[k*a.taps:(k+1)*a.taps], row[skip:skip+a.taps])
	}
}

// resampler resizes a part of an image. The zero value is ready.
type resampler struct {
	rows []float32   // a ring of source rows as floats
	row  []float32   // one output row before the horizontal pass
	taps [][]float32 // the rows that one is the sum of
}

// resize writes the image's part, resampled as the axes say, to
// dst [rows, columns, 3], on the scale 0 to 1.
func (r *resampler) resize(dst []float32, src *data.Image, part box, vertical, horizontal *axis) {
	width := 3 * part.width
	ring := vertical.taps
	r.rows = grow(r.rows, ring*width+1)[:ring*width] // a value more, as vectors read
	r.row = grow(r.row, width+1)[:width]
	r.taps = grow(r.taps, ring)
	next := 0 // first source row that is not in the ring yet
	columns := 3 * len(horizontal.start)
	for y, start := range vertical.start {
		for next = max(next, start); next < start+ring; next++ {
			from := 3 * ((part.top+next)*src.Width + part.left)
			unpack(r.rows[next%ring*width:][:width], src.Pix[from:][:width])
		}
		row := r.row
		if ring == 1 {
			row = r.rows
		} else {
			for t := range r.taps {
				r.taps[t] = r.rows[(start+t)%ring*width:][:width]
			}
			combine(row, r.taps, vertical.weights[y*ring:(y+1)*ring])
		}
		horizontal.apply(dst[y*columns:][:columns], row)
	}
}

// combine sets dst to the sum of the rows, each with its weight, in their order.
func combine(dst []float32, rows [][]float32, weights []float32) {
	done := combineVectors(dst, rows, weights)
	if dst = dst[done:]; len(dst) == 0 {
		return
	}
	clear(dst)
	for t, row := range rows {
		blas.Saxpy(len(dst), weights[t], row[done:], 1, dst, 1)
	}
}

// apply computes one output row [columns, 3] from a source row [width, 3].
func (a *axis) apply(dst, src []float32) {
	done := columnsVectors(dst, src, a)
	a.columns(dst[3*done:], src, a.start[done:], a.weights[done*a.taps:])
}

// columns computes the pixels that begin at start.
func (a *axis) columns(dst, src []float32, starts []int, weights []float32) {
	switch a.taps {
	case 1:
		for k, start := range starts {
			copy(dst[3*k:3*k+3], src[3*start:3*start+3])
		}
	case 2:
		for k, start := range starts {
			p := src[3*start:][:6]
			w0, w1 := weights[2*k], weights[2*k+1]
			q := dst[3*k:][:3]
			q[0] = w0*p[0] + w1*p[3]
			q[1] = w0*p[1] + w1*p[4]
			q[2] = w0*p[2] + w1*p[5]
		}
	case 3:
		for k, start := range starts {
			p := src[3*start:][:9]
			w := weights[3*k:][:3]
			q := dst[3*k:][:3]
			q[0] = w[0]*p[0] + w[1]*p[3] + w[2]*p[6]
			q[1] = w[0]*p[1] + w[1]*p[4] + w[2]*p[7]
			q[2] = w[0]*p[2] + w[1]*p[5] + w[2]*p[8]
		}
	default:
		for k, start := range starts {
			p := src[3*start:][:3*a.taps]
			var red, green, blue float32
			for _, w := range weights[k*a.taps : (k+1)*a.taps] {
				if len(p) < 3 {
					break
				}
				red += w * p[0]
				green += w * p[1]
				blue += w * p[2]
				p = p[3:]
			}
			q := dst[3*k:][:3]
			q[0], q[1], q[2] = red, green, blue
		}
	}
}

// unit holds b/255 for each byte b.
var unit = func() (table [256]float32) {
	for b := range table {
		table[b] = float32(b) / 255
	}
	return table
}()

// unpack converts bytes to floats on the scale 0 to 1.
func unpack(dst []float32, src []uint8) {
	dst = dst[:len(src)]
	for i := unpackVectors(dst, src); i < len(src); i++ {
		dst[i] = unit[src[i]]
	}
}

// grow returns a slice of n elements in s's memory if it suffices. The elements are arbitrary.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
