package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// splitSum cuts the sum over pixels that a weight gradient is into a fixed number
// of parts (split-K). Each part has a result of its own, because memory that another
// processor has just written is slow to read; the results are added in order at the
// end, so that the sum does not depend on the number of threads. If there are more
// threads than parts, the columns of the results are split as well.
type splitSum struct {
	count   int // of parts
	size    int // elements of the sums of a part
	units   int // pieces of the sum over pixels
	columns int // blocks of columns of the sums
}

const (
	// maxSumElements bounds the memory of the sums of the parts but the first.
	maxSumElements = 640 << 10
	// maxParts bounds their number.
	maxParts = 16
)

func newSplitSum(size, units, columns int) splitSum {
	count := 1 // a power of 2: most machines have an even number of processors
	for (2*count-1)*size <= maxSumElements && 2*count <= min(maxParts, units) {
		count *= 2
	}
	return splitSum{count: count, size: size, units: units, columns: columns}
}

// run calls f for every part and range of columns: with the sums of the part,
// and the units [u0, u1) and the blocks of columns [c0, c1) to do. The first
// part sums in first, the others in scratch.
func (s splitSum) run(p *pool.Pool, first, scratch []float32, f func(sums []float32, u0, u1, c0, c1, worker int)) {
	splits := min(s.columns, ceil(p.Threads(), s.count))
	p.Run(s.count*splits, func(item, worker int) {
		part, split := item/splits, item%splits
		f(s.sums(part, first, scratch), part*s.units/s.count, (part+1)*s.units/s.count,
			split*s.columns/splits, (split+1)*s.columns/splits, worker)
	})
}

func (s splitSum) sums(part int, first, scratch []float32) []float32 {
	if part == 0 {
		return first[:s.size]
	}
	return scratch[(part-1)*s.size : part*s.size]
}

// scratchSize is the scratch of the parts but the first.
func (s splitSum) scratchSize() int { return (s.count - 1) * s.size }

// addUp adds the sums of the other parts to those of the first.
func (s splitSum) addUp(p *pool.Pool, set micro.Set, first, scratch []float32) {
	if s.count == 1 {
		return
	}
	const slice = 4096
	p.Run(ceil(s.size, slice), func(item, _ int) {
		from, to := item*slice, min((item+1)*slice, s.size)
		for part := 1; part < s.count; part++ {
			set.Add(first[from:to], s.sums(part, first, scratch)[from:to])
		}
	})
}
