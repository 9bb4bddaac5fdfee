package micro

import (
	"math"
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/cpu"
)

// ForBFloat16 returns the kernels for operands that are rounded to bfloat16: those of the tier, with Pairs set if they
// multiply pairs of bfloat16. PairColumns and PairRows make such operands.
func ForBFloat16(level cpu.Level) Set {
	s := For(level)
	s.Pairs = level == cpu.AVX512 && cpu.HasBFloat16()
	return s
}

// Length returns how many elements of a packed operand n products take.
func (s Set) Length(n int) int {
	if s.Pairs {
		return (n + 1) / 2
	}
	return n
}

// PairColumns rounds rows of cols elements to bfloat16. With s.Pairs, neighboring columns become pairs, an odd last one
// with 0, so that rows get shorter; else the rounded numbers stay float32.
func (s Set) PairColumns(dst, src []float32, rows, cols, ldd, lds int) {
	switch {
	case rows == 0 || cols == 0:
	case s.Pairs:
		pairColumns(&dst[0], &src[0], rows, cols, 4*ldd, 4*lds)
	default:
		roundRows(dst, src, rows, cols, ldd, lds)
	}
}

// PairRows rounds rows of cols elements to bfloat16. With s.Pairs, neighboring rows become one row of pairs, an odd
// last one with zeros; else the rounded numbers stay float32.
func (s Set) PairRows(dst, src []float32, rows, cols, ldd, lds int) {
	switch {
	case rows == 0 || cols == 0:
	case s.Pairs:
		pairRows(&dst[0], &src[0], rows, cols, 4*ldd, 4*lds)
	default:
		roundRows(dst, src, rows, cols, ldd, lds)
	}
}

// PairColumnsOfBFloat16 is PairColumns for numbers that are bfloat16.
func (s Set) PairColumnsOfBFloat16(dst []float32, src []uint16, rows, cols, ldd, lds int) {
	switch {
	case rows == 0 || cols == 0:
	case s.Pairs:
		length := s.Length(cols)
		for r := range rows {
			to := unsafe.Slice((*uint16)(unsafe.Pointer(&dst[r*ldd])), 2*length)
			clear(to[copy(to, src[r*lds:r*lds+cols]):])
		}
	default:
		extendRows(dst, src, rows, cols, ldd, lds)
	}
}

// PairRowsOfBFloat16 is PairRows for numbers that are bfloat16.
func (s Set) PairRowsOfBFloat16(dst []float32, src []uint16, rows, cols, ldd, lds int) {
	switch {
	case rows == 0 || cols == 0:
	case s.Pairs:
		pairRowsOfBFloat16(&dst[0], &src[0], rows, cols, 4*ldd, 2*lds)
	default:
		extendRows(dst, src, rows, cols, ldd, lds)
	}
}

func roundRows(dst, src []float32, rows, cols, ldd, lds int) {
	for r := range rows {
		to := dst[r*ldd : r*ldd+cols]
		for i, x := range src[r*lds : r*lds+cols] {
			to[i] = extend(bfloat16(x))
		}
	}
}

func extendRows(dst []float32, src []uint16, rows, cols, ldd, lds int) {
	for r := range rows {
		to := dst[r*ldd : r*ldd+cols]
		for i, x := range src[r*lds : r*lds+cols] {
			to[i] = extend(x)
		}
	}
}

// bfloat16 returns the nearest bfloat16, of two the even one; of a NaN a NaN.
func bfloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	if x != x {
		return uint16(bits>>16) | 1<<6
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

func extend(x uint16) float32 { return math.Float32frombits(uint32(x) << 16) }
