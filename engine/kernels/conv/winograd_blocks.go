package conv

import "github.com/kontrast-ml/kontrast/engine/cpu"

// suitsWinograd says whether F(m×m, 3×3) applies to a convolution, with all
// channels in whole vectors of that many lanes.
func (s Spec) suitsWinograd(level cpu.Level, lanes int) bool {
	return level != cpu.Portable && s.KH == 3 && s.KW == 3 && s.StrideH == 1 && s.StrideW == 1 &&
		s.DilationH == 1 && s.DilationW == 1 && s.Groups == 1 && s.C%lanes == 0 && s.O%lanes == 0
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

// place returns the image of a block and its first row and column.
func (g *blockGrid) place(block int) (image, y, x int) {
	x = block % g.across * g.m
	block /= g.across
	return block / g.down, block % g.down * g.m, x
}

// images is an NHWC tensor with h rows, w columns and c channels.
type images struct {
	data    []float32
	h, w, c int
}

// block returns the address of a square of pixels that begins at row y and
// column x, and the bytes between its rows. If the square reaches beyond the
// image it is copied to patch, with zeros there.
func (t images) block(image, y, x, side int, patch []float32) (*float32, int) {
	if y >= 0 && x >= 0 && y+side <= t.h && x+side <= t.w {
		return &t.data[((image*t.h+y)*t.w+x)*t.c], 4 * t.w * t.c
	}
	left, right := min(max(0, -x), side), max(0, min(side, t.w-x))
	for i := range side {
		row := patch[i*side*t.c : (i+1)*side*t.c]
		if y+i < 0 || y+i >= t.h || left >= right {
			clear(row)
			continue
		}
		clear(row[:left*t.c])
		copy(row[left*t.c:right*t.c], t.data[((image*t.h+y+i)*t.w+x+left)*t.c:])
		clear(row[right*t.c:])
	}
	return &patch[0], 4 * side * t.c
}
