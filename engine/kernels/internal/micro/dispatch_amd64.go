package micro

import "github.com/kontrast-ml/kontrast/engine/cpu"

// Microkernel computes a tile of the given width, NR or Lanes, with B packed in rows
// of that width.
func (s Set) Microkernel(t *Tile, width int) {
	switch {
	case s.Pairs && width == 32:
		tile8x32AVX512BF16(t)
	case s.Pairs:
		tile8x16AVX512BF16(t)
	case s.Level == cpu.AVX512 && width == 32:
		tile8x32AVX512(t)
	case s.Level == cpu.AVX512:
		tile8x16AVX512(t)
	case s.Level == cpu.AVX2 && width == 16:
		tile6x16AVX2(t)
	case s.Level == cpu.AVX2:
		tile6x8AVX2(t)
	default:
		tile4x4Go(t)
	}
}

// MicrokernelBInPlace computes a tile with the rows of B lying LDB bytes apart; only the
// first Columns elements of a row are read.
func (s Set) MicrokernelBInPlace(t *Tile, width int) {
	switch {
	case s.Pairs && width == 32:
		tileStrided8x32AVX512BF16(t)
	case s.Pairs:
		tileStrided8x16AVX512BF16(t)
	case width == 32:
		tileStrided8x32AVX512(t)
	default:
		tileStrided8x16AVX512(t)
	}
}

// MicrokernelPackedA computes tiles with one tap and A as PackA leaves it.
func (s Set) MicrokernelPackedA(t *Tile, width int) {
	switch {
	case s.Pairs && width == 32:
		tilePacked8x32AVX512BF16(t)
	case s.Pairs:
		tilePacked8x16AVX512BF16(t)
	case width == 32:
		tilePacked8x32AVX512(t)
	case s.Level == cpu.AVX512:
		tilePacked8x16AVX512(t)
	case width == 16:
		tilePacked6x16AVX2(t)
	default:
		tilePacked6x8AVX2(t)
	}
}

// packA packs the first columns of a whole tile and returns how many. Behind
// what they fill, dst has 2 elements more.
func (s Set) packA(dst, src []float32, depth, ld int, transposed bool) int {
	blocks := depth / 8
	switch {
	case transposed && s.MR == 8:
		packTransposedA8AVX2(&dst[0], &src[0], depth, 4*ld)
		return depth
	case transposed:
		packTransposedA6AVX2(&dst[0], &src[0], depth, 4*ld)
		return depth
	case blocks == 0:
	case s.MR == 8:
		packA8AVX2(&dst[0], &src[0], blocks, 4*ld)
	default:
		packA6AVX2(&dst[0], &src[0], blocks, 4*ld)
	}
	return 8 * blocks
}

// copyRows copies rows of width elements if the tier has a kernel for that width.
func (s Set) copyRows(dst, src []float32, rows, width, ldd, lds int) bool {
	d, c := &dst[0], &src[0]
	switch {
	case s.Level == cpu.AVX512 && width == 32:
		copyRows32AVX512(d, c, rows, 4*ldd, 4*lds)
	case s.Level == cpu.AVX512 && width == 16:
		copyRows16AVX512(d, c, rows, 4*ldd, 4*lds)
	case s.Level == cpu.AVX2 && width == 32:
		copyRows32AVX2(d, c, rows, 4*ldd, 4*lds)
	case s.Level == cpu.AVX2 && width == 16:
		copyRows16AVX2(d, c, rows, 4*ldd, 4*lds)
	case s.Level == cpu.AVX2 && width == 8:
		copyRows8AVX2(d, c, rows, 4*ldd, 4*lds)
	default:
		return false
	}
	return true
}

// transposeBlock transposes Lanes × Lanes elements.
func (s Set) transposeBlock(dst, src []float32, ldd, lds int) {
	switch s.Level {
	case cpu.AVX512:
		transpose16AVX512(&dst[0], &src[0], 4*ldd, 4*lds)
	case cpu.AVX2:
		transpose8AVX2(&dst[0], &src[0], 4*ldd, 4*lds)
	default:
		transposeGo(dst, src, s.Lanes, ldd, lds)
	}
}

// addBlocks adds as many whole blocks as there are and returns their length.
func (s Set) addBlocks(dst, src []float32) int {
	block := 4 * s.Lanes
	n := len(src) / block
	if n == 0 || s.Level == cpu.Portable {
		return 0
	}
	if s.Level == cpu.AVX512 {
		addToAVX512(&dst[0], &src[0], n)
	} else {
		addToAVX2(&dst[0], &src[0], n)
	}
	return n * block
}

// OuterProduct sums outer products of as many rows as it can at once, at most the
// given number, and returns how many it did.
func (s Set) OuterProduct(o *Outer, rows int) int {
	if s.Level == cpu.Portable {
		return outer4Go(o, rows)
	}
	if s.Pairs {
		return outerPairs(o, rows)
	}
	wide := s.Level == cpu.AVX512
	switch {
	case wide && rows >= 16:
		outer16x16AVX512(o)
		return 16
	case wide && rows >= 8:
		outer8x16AVX512(o)
		return 8
	case wide && rows >= 4:
		outer4x16AVX512(o)
		return 4
	case wide && rows >= 2:
		outer2x16AVX512(o)
		return 2
	case wide:
		outer1x16AVX512(o)
		return 1
	case rows >= 6 && rows != 8 && o.Columns == OuterColumns: // 8 is twice 4
		outer6x16AVX2(o)
		return 6
	case rows >= 4:
		outer4x16AVX2(o)
		return 4
	case rows >= 2:
		outer2x16AVX2(o)
		return 2
	}
	outer1x16AVX2(o)
	return 1
}

// Winograd transforms blocks of vectors for F(m×m, 3×3), m being 2 or 4. There
// is no portable kernel.
func (s Set) Winograd(step Step, m int, t *Transform) {
	if s.Level == cpu.AVX512 {
		s.winogradAVX512(step, m, t)
	} else {
		s.winogradAVX2(step, m, t)
	}
}

// A Step is an even number: the next one stands for m = 4.

func (Set) winogradAVX512(step Step, m int, t *Transform) {
	switch step + Step(m/4) {
	case InputStep:
		winograd2InputAVX512(t)
	case InputStep + 1:
		winograd4InputAVX512(t)
	case WeightStep:
		winograd2KernelAVX512(t)
	case WeightStep + 1:
		winograd4KernelAVX512(t)
	case OutputStep:
		winograd2OutputAVX512(t)
	case OutputStep + 1:
		winograd4OutputAVX512(t)
	case GradientStep:
		winograd2GradientAVX512(t)
	case GradientStep + 1:
		winograd4GradientAVX512(t)
	case WeightGradientStep:
		winograd2WeightGradientAVX512(t)
	case WeightGradientStep + 1:
		winograd4WeightGradientAVX512(t)
	case StreamedWeightStep:
		winograd2KernelStreamAVX512(t)
	case StreamedWeightStep + 1:
		winograd4KernelStreamAVX512(t)
	}
}

func (Set) winogradAVX2(step Step, m int, t *Transform) {
	switch step + Step(m/4) {
	case InputStep:
		winograd2InputAVX2(t)
	case InputStep + 1:
		winograd4InputAVX2(t)
	case WeightStep:
		winograd2KernelAVX2(t)
	case WeightStep + 1:
		winograd4KernelAVX2(t)
	case OutputStep:
		winograd2OutputAVX2(t)
	case OutputStep + 1:
		winograd4OutputAVX2(t)
	case GradientStep:
		winograd2GradientAVX2(t)
	case GradientStep + 1:
		winograd4GradientAVX2(t)
	case WeightGradientStep:
		winograd2WeightGradientAVX2(t)
	case WeightGradientStep + 1:
		winograd4WeightGradientAVX2(t)
	}
}

// runDot sums products of pairs of pixels for whole vectors of channels; there
// is no portable kernel.
func (s Set) runDot(d *Dot) {
	if s.Level == cpu.AVX512 {
		dotAVX512(d)
	} else {
		dotAVX2(d)
	}
}
