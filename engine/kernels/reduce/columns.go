package reduce

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// identity is what an empty reduction gives.
var identity = [ops]float32{
	Sum: 0, Product: 1, SumSquares: 0, Max: float32(math.Inf(-1)), Min: float32(math.Inf(1)),
}

// unitRows is the greatest number of rows that are folded into one partial result.
const unitRows = 128

// Columns reduces axis 0 of x, which is [R, len(dst)]: dst[c] = op over r of x[r,c].
func Columns(p *pool.Pool, op Op, dst, x []float32) {
	cols := len(dst)
	checkRows(len(x), cols)
	if cols == 0 {
		return
	}
	unit := min(max(16, chunk/cols), unitRows) * cols // elements
	units := (len(x) + unit - 1) / unit
	k := active()
	if units <= 1 {
		vector.Fill(dst, identity[op])
		k.columns[op](dst, x)
		return
	}
	partial := scratch.Get(units * cols)
	defer partial.Free()
	perItem := max(1, chunk/unit)
	p.Run((units+perItem-1)/perItem, func(i, _ int) {
		for u := i * perItem; u < min((i+1)*perItem, units); u++ {
			acc := partial.Data[u*cols:][:cols]
			vector.Fill(acc, identity[op])
			k.columns[op](acc, x[u*unit:min((u+1)*unit, len(x))])
		}
	})
	MergeRows(op, dst, partial.Data)
}

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
	Sum: vector.Add, SumSquares: vector.Add, Product: vector.Mul, Max: vector.Max, Min: vector.Min,
}

// Middle reduces axis 1 of x, which is [outer, middle, inner], into dst, which is [outer, inner].
func Middle(p *pool.Pool, op Op, dst, x []float32, outer, middle, inner int) {
	switch {
	case inner == 1:
		Rows(p, op, dst, x, middle)
		return
	case outer == 1 || middle*inner >= 4*chunk:
		for o := range outer {
			Columns(p, op, dst[o*inner:][:inner], x[o*middle*inner:][:middle*inner])
		}
		return
	}
	perItem := max(1, chunk/max(middle*inner, 1))
	p.Run((outer+perItem-1)/perItem, func(i, _ int) {
		for o := i * perItem; o < min((i+1)*perItem, outer); o++ {
			Columns(nil, op, dst[o*inner:][:inner], x[o*middle*inner:][:middle*inner])
		}
	})
}
