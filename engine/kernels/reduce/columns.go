package reduce

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// identity is what an empty reduction gives.
var identity = [ops]float32{Sum: 0, Product: 1, Max: float32(math.Inf(-1)), Min: float32(math.Inf(1))}

// MergeRows combines the rows of partial, which is [R, len(dst)] with R at least 1, pairwise into dst: partial
// results of op that the caller made block by block. It overwrites partial.
func MergeRows(op Op, dst, partial []float32) {
	cols := len(dst)
	merge := mergeOps[op]
	for rows := len(partial) / cols; rows > 1; rows = (rows + 1) / 2 {
		half := (rows + 1) / 2
		n := (rows - half) * cols
		vector.Binary(merge, partial[:n], partial[:n], partial[half*cols:rows*cols])
	}
	copy(dst, partial)
}

var mergeOps = [ops]vector.BinaryOp{
	Sum: vector.Add, Product: vector.Mul, Max: vector.Max, Min: vector.Min,
}
