package augment

import (
	"math"

	"golang.org/x/sys/cpu"
)

//go:generate go run ./asm -out vectors_amd64.s -stubs stubs_amd64.go -pkg augment

// vectors says whether there are instructions for vectors of integers; a test switches them off.
var vectors = cpu.X86.HasAVX2

// Each of the functions below does a part of its values, from the beginning, and
// returns how many.

func unpackVectors(dst []float32, src []uint8) int {
	n := len(src) / 8 * 8
	if !vectors || n == 0 {
		return 0
	}
	unpackAVX2(&dst[0], &src[0], n)
	return n
}

func combineVectors(dst []float32, rows [][]float32, weights []float32) int {
	n := len(dst) / 8 * 8
	if !vectors || n == 0 || len(rows) == 0 {
		return 0
	}
	for _, row := range rows {
		_ = row[n-1]
	}
	combineAVX2(&dst[0], n, &rows[0], &weights[:len(rows)][0], len(rows))
	return n
}

// columnsVectors needs a value behind the row, in its memory, and leaves the last pixel.
func columnsVectors(dst, src []float32, a *axis) int {
	n := len(a.start) - 1
	if !vectors || n < 1 || cap(src) == len(src) {
		return 0
	}
	zero := float32(0)
	if a.taps <= 3 {
		zero = float32(math.Copysign(0, -1)) // to which the first product is added as it is
	}
	columnsAVX2(&dst[:3*n+1][0], &src[0], &a.start[0], &a.weights[:n*a.taps][0], n, a.taps, zero)
	return n
}

// affineVectors computes factor·x + add with bits from low to top.
func affineVectors(x []float32, factor, add float32, low, top int32) int {
	n := len(x) / 8 * 8
	if !vectors || n == 0 {
		return 0
	}
	affineAVX2(&x[0], n, factor, add, low, top)
	return n
}

func solarizeVectors(x []float32, threshold float32) int {
	n := len(x) / 8 * 8
	if !vectors || n == 0 {
		return 0
	}
	solarizeAVX2(&x[0], n, threshold)
	return n
}

func normalizeVectors(dst, x []float32, scale, shift [3]float32) int {
	n := min(len(dst), len(x)) / 24 * 24
	if !vectors || n == 0 {
		return 0
	}
	var scales, shifts [24]float32
	for i := range 24 {
		scales[i], shifts[i] = scale[i%3], shift[i%3]
	}
	normalizeAVX2(&dst[0], &x[0], n, &scales[0], &shifts[0])
	return n
}

// saturateVectors adds grays by the weights r, g and b.
func saturateVectors(x []float32, r, g, b, factor float32, low, top int32) int {
	n := len(x) / 24 * 24
	if !vectors || n == 0 {
		return 0
	}
	saturateAVX2(&x[0], n, r, g, b, factor, low, top)
	return n
}

func hueVectors(x []float32, turn float32) int {
	n := len(x) / 24 * 24
	if !vectors || n == 0 {
		return 0
	}
	hueAVX2(&x[0], n, turn)
	return n
}
