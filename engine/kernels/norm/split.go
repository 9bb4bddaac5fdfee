package norm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// itemSize is about how many elements a work item handles.
const itemSize = 1 << 15

// split cuts n elements in rows of cols into work items of whole rows.
func split(n, cols int) (items, perItem int) {
	perItem = max(16, itemSize/cols) * cols
	return (n + perItem - 1) / perItem, perItem
}

// item returns the elements of work item i.
func item(i, n, cols int) (from, to int) {
	_, perItem := split(n, cols)
	return i * perItem, min((i+1)*perItem, n)
}

// forRows calls f for every work item with the range of its elements.
func forRows(p *pool.Pool, n, cols int, f func(i, from, to int)) {
	if n == 0 || cols == 0 {
		return
	}
	items, perItem := split(n, cols)
	p.Run(items, func(i, _ int) { f(i, i*perItem, min((i+1)*perItem, n)) })
}

// columnMean sets mean to the mean of each column of x.
func columnMean(mean, x []float32) {
	clear(mean)
	reduce.BlockColumns(reduce.Sum, mean, x)
	rows := float32(len(x) / len(mean))
	for c := range mean {
		mean[c] /= rows
	}
}
