package gemm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// splitK cuts a product with a long K and a small C into parts of K, which have each a C of their own. A worker does a
// part alone, packing included, as reading what another processor has just written is slow; if there are more threads
// than parts, they work together on one part after another. The parts are added in order at the end, so that the result
// does not depend on the number of threads.
type splitK struct {
	count      int   // of parts, all but the last K/count long
	firstParts *Plan // of all parts but the last
	lastPart   *Plan
}

const (
	// minPartK is the least K of a part.
	minPartK = 1024
	// maxSumElements bounds the memory of the parts' own C.
	maxSumElements = 1 << 20
	// maxParts bounds the number of parts.
	maxParts = 16
)

// newSplitK returns nil if the product is not cut.
func newSplitK(s Spec, set micro.Set) *splitK {
	count := 1 // a power of 2: most machines have an even number of processors
	for 2*count <= maxParts && s.K >= 2*count*minPartK && (2*count-1)*s.M*s.N <= maxSumElements {
		count *= 2
	}
	if count == 1 || !s.TransA || s.batch() != 1 || s.LDC != s.N {
		return nil
	}
	part, last := s, s
	part.K = s.K / count
	last.K = s.K - (count-1)*part.K
	return &splitK{count: count, firstParts: newUnsplit(part, set), lastPart: newUnsplit(last, set)}
}

// sumsSize is the size of the parts' own C: the first part uses the product's.
func (h *splitK) sumsSize(s Spec) int { return (h.count - 1) * s.M * s.N }

// workerPerPart says that a worker does a part alone.
func (h *splitK) workerPerPart(threads int) bool { return threads <= h.count }

func (h *splitK) scratchSize(s Spec, threads int) int {
	if !h.workerPerPart(threads) {
		return h.sumsSize(s) + h.partScratch(threads)
	}
	return h.sumsSize(s) + threads*h.partScratch(1)
}

// partScratch is the scratch of a part that so many threads do together.
func (h *splitK) partScratch(threads int) int {
	return max(h.firstParts.ScratchSize(threads), h.lastPart.ScratchSize(threads))
}

// run computes the parts and adds them up.
func (h *splitK) run(p *pool.Pool, s Spec, set micro.Set, c, a, b, scratch []float32) {
	size := s.M * s.N
	sums, partScratch := scratch[:h.sumsSize(s)], scratch[h.sumsSize(s):]
	part := func(p *pool.Pool, i int, scratch []float32) {
		k := i * h.firstParts.spec.K
		sum, plan := c, h.firstParts
		if i > 0 {
			sum = sums[(i-1)*size:]
		}
		if i == h.count-1 {
			plan = h.lastPart
		}
		plan.Run(p, sum, a[k*s.LDA:], b[k*choose(s.TransB, 1, s.LDB):], scratch, nil)
	}
	if h.workerPerPart(p.Threads()) {
		each := h.partScratch(1)
		p.Run(h.count, func(i, worker int) { part(nil, i, partScratch[worker*each:(worker+1)*each]) })
	} else {
		for i := range h.count {
			part(p, i, partScratch)
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
