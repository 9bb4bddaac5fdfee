package optim

import (
	"sort"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// itemSize is about how many elements a work item updates.
const itemSize = 1 << 14

// run cuts the concatenation of all tensors into work items and calls f for every part of a tensor.
func run(p *pool.Pool, tensors int, size func(i int) int, f func(i, from, to int)) {
	ends := make([]int, tensors)
	total := 0
	for i := range ends {
		total += size(i)
		ends[i] = total
	}
	p.Run((total+itemSize-1)/itemSize, func(n, _ int) {
		from, to := n*itemSize, min((n+1)*itemSize, total)
		for i := sort.SearchInts(ends, from+1); from < to; i++ {
			start := ends[i] - size(i)
			end := min(to, ends[i])
			if from < end {
				f(i, from-start, end-start)
			}
			from = max(from, end)
		}
	})
}
