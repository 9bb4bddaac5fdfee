package norm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

const (
	// itemElements is about how many elements a work item handles.
	itemElements = 1 << 15
	// leastRows is the least number of rows of a work item: it leaves one partial result a column, and fewer rows would
	// make more partial results than they save work.
	leastRows = 16
	// samples is the number of rows whose mean is a first guess of the mean.
	samples = 16
)

// Moments sets the mean and the biased variance of each column of x, which is [R, len(mean)] with R at least 1. The
// result does not depend on the number of threads.
//
// It sums x - k and (x - k)² in one pass (Chan, Golub & LeVeque 1983, "Algorithms for Computing the Sample
// Variance"), where k is the mean of some rows spread over x: so near to the mean that no digits cancel.
func Moments(p *pool.Pool, mean, variance, x []float32) {
	cols := len(mean)
	if cols == 0 {
		return
	}
	checkRows(len(x), cols)
	k := active()
	perItem := max(leastRows, itemElements/cols) * cols
	items := (len(x) + perItem - 1) / perItem
	partial := scratch.Zeroed((2*items + 3) * cols)
	defer partial.Free()
	shift, sums, parts := partial.Data[:cols], partial.Data[cols:3*cols], partial.Data[3*cols:]
	sampleMean(shift, x)
	p.Run(items, func(i, _ int) {
		part := parts[2*i*cols:][:2*cols]
		k.moments(part[:cols], part[cols:], shift, x[i*perItem:min((i+1)*perItem, len(x))])
	})
	reduce.MergeRows(reduce.Sum, sums, parts)
	rows := float64(len(x) / cols)
	for c := range cols {
		offset := float64(sums[c]) / rows
		mean[c] = float32(float64(shift[c]) + offset)
		variance[c] = float32(max(float64(sums[cols+c])/rows-offset*offset, 0))
	}
}

// sampleMean sets mean to the mean of some rows of x, which is [R, len(mean)], evenly spread.
func sampleMean(mean, x []float32) {
	cols := len(mean)
	rows := len(x) / cols
	n := min(samples, rows)
	clear(mean)
	for i := range n {
		vector.Binary(vector.Add, mean, mean, x[i*rows/n*cols:][:cols])
	}
	vector.BinaryScalar(vector.Mul, mean, mean, 1/float32(n))
}
