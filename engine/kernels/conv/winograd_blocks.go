package conv

import "github.com/kontrast-ml/kontrast/engine/cpu"

// suitsWinograd says whether F(m×m, 3×3) applies to a convolution, with all
// channels in whole vectors of that many lanes.
func (s Spec) suitsWinograd(level cpu.Level, lanes int) bool {
	return level != cpu.Portable && s.KH == 3 && s.KW == 3 && s.StrideH == 1 && s.StrideW == 1 &&
		s.DilationH == 1 && s.DilationW == 1 && s.Groups == 1 && s.C%lanes == 0 && s.O%lanes == 0
}

// transformCycles returns what a Winograd transform of an image and of a kernel costs for every vector on the side of
// the frequencies: measured on Zen 4 with AVX-512 and on Zen 3 with AVX2, where few vectors stay in registers.
func transformCycles(lanes int) (image, kernel float64) {
	if lanes == 16 {
		return 18, 30
	}
	return 26, 30
}

// blockSize returns the m of F(m×m, 3×3) that takes the fewest cycles of the
// vector units to cover maps of h rows and w columns, or 0 if the direct
// algorithm does. All three directions cost about the same.
func blockSize(s Spec, lanes, h, w int) int {
	vector := float64(lanes)
	best, size := s.Flops()/2/vector, 0
	imageCycles, kernelCycles := transformCycles(lanes)
	for _, m := range []int{2, 4} {
		blocks := float64(s.N * ceil(h, m) * ceil(w, m))
		f := float64((m + 2) * (m + 2))
		c, o := float64(s.C), float64(s.O)
		cost := f/vector*blocks*c*o*1.1 + // products
			f/vector*blocks*(c+o)*imageCycles +
			f/vector*c*o*kernelCycles
		if cost < best*0.9 {
			best, size = cost, m
		}
	}
	return size
}

// blockGrid covers n images with blocks of m×m pixels.
type blockGrid struct {
	m, n         int
	down, across int // blocks of an image
}

func (g *blockGrid) cover(h, w int) { g.down, g.across = ceil(h, g.m), ceil(w, g.m) }

// frequencies is the number of matrix products of F(m×m, 3×3).
func (g *blockGrid) frequencies() int { return (g.m + 2) * (g.m + 2) }

func (g *blockGrid) blocks() int { return g.n * g.down * g.across }

// position returns the image of a block and its first row and column.
func (g *blockGrid) position(block int) (image, y, x int) {
	x = block % g.across * g.m
	block /= g.across
	return block / g.down, block % g.down * g.m, x
}

// images is an NHWC tensor with h rows, w columns and c channels.
type images struct {
	data    []float32
	h, w, c int
}

// block returns where the channels [c, c+n) of a square of pixels lie that begins
// at row y and column x, with the bytes between its rows and columns. If the
// square reaches beyond the image it is copied to patch, with zeros there.
func (t images) block(image, y, x, side, c, n int, patch []float32) (at *float32, row, col int) {
	if y >= 0 && x >= 0 && y+side <= t.h && x+side <= t.w {
		return &t.data[((image*t.h+y)*t.w+x)*t.c+c], 4 * t.w * t.c, 4 * t.c
	}
	for i := range side {
		line := patch[i*side*n : (i+1)*side*n]
		if y+i < 0 || y+i >= t.h {
			clear(line)
			continue
		}
		for j := range side {
			pixel := line[j*n : (j+1)*n]
			if x+j < 0 || x+j >= t.w {
				clear(pixel)
			} else {
				copy(pixel, t.data[((image*t.h+y+i)*t.w+x+j)*t.c+c:])
			}
		}
	}
	return &patch[0], 4 * side * n, 4 * n
}
