package norm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// itemSize is about how many elements a work item handles.
const itemSize = 1 << 15

// leastRows is the number of rows of a work item that leaves one partial result a column: fewer would make more
// partial results than they save work.
const leastRows = 16

// split cuts n elements in rows of cols into work items of at least that many rows.
func split(n, cols, least int) (items, perItem int) {
	if n == 0 {
		return 0, 0
	}
	if cols == 0 || n%cols != 0 {
		panic(fmt.Sprintf("norm: %d elements are not whole rows of %d", n, cols))
	}
	perItem = max(least, itemSize/cols) * cols
	return (n + perItem - 1) / perItem, perItem
}

// forRows calls f with ranges of elements that are whole rows.
func forRows(p *pool.Pool, n, cols int, f func(from, to int)) {
	items, perItem := split(n, cols, 1)
	p.Run(items, func(i, _ int) { f(i*perItem, min((i+1)*perItem, n)) })
}

// forItems is forRows for work items with partial results: f gets the number of the item too.
func forItems(p *pool.Pool, n, cols int, f func(i, from, to int)) {
	items, perItem := split(n, cols, leastRows)
	p.Run(items, func(i, _ int) { f(i, i*perItem, min((i+1)*perItem, n)) })
}

// sampleMean sets mean to the mean of up to 16 rows of x, which is [R, len(mean)], evenly spread.
func sampleMean(mean, x []float32) {
	const samples = 16
	cols := len(mean)
	rows := len(x) / cols
	n := min(samples, rows)
	clear(mean)
	for i := range n {
		vector.Binary(vector.Add, mean, mean, x[i*rows/n*cols:][:cols])
	}
	vector.BinaryScalar(vector.Mul, mean, mean, 1/float32(n))
}
