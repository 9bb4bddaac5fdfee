package gemm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// split cuts a product with few elements and a long K into parts of K. A worker does a part alone, with a packing and
// sums of its own: what one processor has just written is slow to read for another. If there are more threads than parts,
// they do a part together. The sums are added in order at the end, so that the result does not depend on the number of
// threads.
type split struct {
	count    int   // of parts, all but the last K/count long
	part     *Plan // of all parts but the last
	lastPart *Plan
}

const (
	// splitDepth is the least of K worth a part.
	splitDepth = 1024
	// splitElements bounds the memory of the sums of the parts but the first.
	splitElements = 1 << 20
	// maxSplit bounds their number.
	maxSplit = 16
)

// newSplit returns nil if the product is better done as a whole.
func newSplit(s Spec, set micro.Set) *split {
	count := 1 // a power of 2: most machines have an even number of processors
	for 2*count <= maxSplit && s.K >= 2*count*splitDepth && (2*count-1)*s.M*s.N <= splitElements {
		count *= 2
	}
	if count == 1 || !s.TransA || s.batch() != 1 || s.LDC != s.N {
		return nil
	}
	part, last := s, s
	part.K = s.K / count
	last.K = s.K - (count-1)*part.K
	return &split{count: count, part: newWhole(part, set), lastPart: newWhole(last, set)}
}

// sums is the size of the sums of the parts but the first.
func (h *split) sums(s Spec) int { return (h.count - 1) * s.M * s.N }

// alone says that a worker does a part alone.
func (h *split) alone(threads int) bool { return threads <= h.count }

func (h *split) scratchSize(s Spec, threads int) int {
	if !h.alone(threads) {
		return h.sums(s) + h.partScratch(threads)
	}
	return h.sums(s) + threads*h.partScratch(1)
}

// partScratch is the scratch of a part that so many threads do together.
func (h *split) partScratch(threads int) int {
	return max(h.part.ScratchSize(threads), h.lastPart.ScratchSize(threads))
}

// run takes the parts and adds them up.
func (h *split) run(p *pool.Pool, s Spec, set micro.Set, c, a, b, scratch []float32) {
	size := s.M * s.N
	sums, own := scratch[:h.sums(s)], scratch[h.sums(s):]
	part := func(p *pool.Pool, i int, own []float32) {
		k := i * h.part.spec.K
		sum, plan := c, h.part
		if i > 0 {
			sum = sums[(i-1)*size:]
		}
		if i == h.count-1 {
			plan = h.lastPart
		}
		plan.Run(p, sum, a[k*s.LDA:], b[k*choose(s.TransB, 1, s.LDB):], own, nil)
	}
	if h.alone(p.Threads()) {
		each := h.partScratch(1)
		p.Run(h.count, func(i, worker int) { part(nil, i, own[worker*each:(worker+1)*each]) })
	} else {
		for i := range h.count {
			part(p, i, own)
		}
	}
	const slice = 4096
	p.Run(ceil(size, slice), func(item, _ int) {
		from, to := item*slice, min((item+1)*slice, size)
		for at := 0; at < len(sums); at += size {
			set.Add(c[from:to], sums[at+from:at+to])
		}
	})
}
