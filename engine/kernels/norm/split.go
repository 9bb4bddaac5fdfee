package norm

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// itemSize is about how many elements a work item handles.
const itemSize = 1 << 15

// split cuts n elements in rows of cols into work items of whole rows.
func split(n, cols int) (items, perItem int) {
	perItem = max(16, itemSize/cols) * cols
	return (n + perItem - 1) / perItem, perItem
}

// forRows calls f for every work item with the range of its elements.
func forRows(p *pool.Pool, n, cols int, f func(i, from, to int)) {
	if n == 0 {
		return
	}
	if cols == 0 || n%cols != 0 {
		panic(fmt.Sprintf("norm: %d elements are not whole rows of %d", n, cols))
	}
	items, perItem := split(n, cols)
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
