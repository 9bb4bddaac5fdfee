package micro

func pairColumns(dst, src *float32, rows, cols, ldd, lds int) {
	pairColumnsAVX512BF16(dst, src, rows, cols, ldd, lds)
}

func pairRows(dst, src *float32, rows, cols, ldd, lds int) {
	pairRowsAVX512BF16(dst, src, rows, cols, ldd, lds)
}

func pairRowsOfBFloat16(dst *float32, src *uint16, rows, cols, ldd, lds int) {
	pairRowsOfBFloat16AVX512BF16(dst, src, rows, cols, ldd, lds)
}

// outerPairs is OuterProduct for pairs of bfloat16.
func outerPairs(o *Outer, rows int) int {
	switch {
	case rows >= 16:
		outer16x16AVX512BF16(o)
		return 16
	case rows >= 8:
		outer8x16AVX512BF16(o)
		return 8
	case rows >= 4:
		outer4x16AVX512BF16(o)
		return 4
	case rows >= 2:
		outer2x16AVX512BF16(o)
		return 2
	}
	outer1x16AVX512BF16(o)
	return 1
}
