//go:build !amd64

package jpeg

func (b *block) inverse(scale *block, to []uint8, stride int) {
	b.inverseOf(scale, to, stride)
}

func weighVectors([]int16, []uint8, []uint8) int { return 0 }

func double([]uint8, []int16, int16, int16) int { return 0 }

func colorVectors([]uint8, []uint8, []uint8, []uint8) int { return 0 }
