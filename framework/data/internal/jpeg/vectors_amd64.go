package jpeg

import "golang.org/x/sys/cpu"

//go:generate go run ./asm -out vectors_amd64.s -stubs stubs_amd64.go -pkg jpeg

// vectors says whether there are instructions for vectors of integers; a test switches them off.
var vectors = cpu.X86.HasAVX2

// inverse writes the samples of the block to the first 8 columns of 8 rows.
func (b *block) inverse(scale *block, to []uint8, stride int) {
	if !vectors {
		b.inverseOf(scale, to, stride)
		return
	}
	_ = to[7*stride+7]
	inverseAVX2(&to[0], stride, &b[0], &scale[0])
}

// weighVectors, double and colorVectors do a part of the row, from its beginning, and return how much.
func weighVectors(sums []int16, near, far []uint8) int {
	n := len(sums) / 16 * 16
	if !vectors || n == 0 {
		return 0
	}
	weighAVX2(&sums[0], &near[:n][0], &far[:n][0], n)
	return n
}

func double(to []uint8, sums []int16, left, right int16) int {
	n := min(len(to)/2, len(sums)-2) / 16 * 16
	if !vectors || n == 0 {
		return 0
	}
	doubleAVX2(&to[0], &sums[0], n, left, right)
	return n
}

func colorVectors(to, luma, cb, cr []uint8) int {
	n := len(luma) / 16 * 16
	if !vectors || n == 0 {
		return 0
	}
	colorsAVX2(&to[:3*n][0], &luma[0], &cb[:n][0], &cr[:n][0], n)
	return n
}
