package nn

import (
	"math"

	"github.com/gomlx/gomlx/support/exceptions"
)

// SinCos2D is MoCo v3's fixed embedding of the positions of a grid, row by row,
// [rows·columns, width]: sines and cosines of the two coordinates times
// 10000^(-j/(width/4)). Like the reference it counts along the columns' axis
// first, which for a square grid makes the patch's row the first coordinate. In
// MAE's code the column comes first: the same table with its halves exchanged.
func SinCos2D(rows, columns, width int) [][]float32 {
	if width%4 != 0 {
		exceptions.Panicf("sine-cosine positions in two dimensions need a width that 4 divides, not %d", width)
	}
	quarter := width / 4
	table := make([][]float32, rows*columns)
	for p := range table {
		table[p] = make([]float32, width)
		for j := range quarter {
			omega := math.Pow(10000, -float64(j)/float64(quarter))
			a, b := omega*float64(p/rows), omega*float64(p%rows)
			table[p][j], table[p][quarter+j] = float32(math.Sin(a)), float32(math.Cos(a))
			table[p][2*quarter+j], table[p][3*quarter+j] = float32(math.Sin(b)), float32(math.Cos(b))
		}
	}
	return table
}
