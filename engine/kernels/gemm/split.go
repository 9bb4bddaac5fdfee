package gemm

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// splitK cuts a product with a long K and a small C into parts of K, which have each a C of their own. A worker does a
// part alone, packing included, as reading what another processor has just written is slow. If Spec.Threads are more
// than the parts, a part is cut along the longer side of C into pieces, which workers do alone. The parts are added in
// order at the end, so that the result does not depend on the number of threads.
type splitK struct {
	count  int // of parts, all but the last K/count long
	pieces int // of a part, all but the last of size piece
	piece  struct{ m, n int }
	plans  [2][2]*Plan // of all parts but the last, and of that; in them of all pieces but the last, and of that
}

const (
	// minPartK is the least K of a part.
	minPartK = 1024
	// maxSumElements bounds the memory of the parts' own C.
	maxSumElements = 1 << 20
	// maxParts bounds the number of parts.
	maxParts = 16
	// minPiece is the least length of a piece along a side of C: both operands are packed for each piece.
	minPiece = 64
)

// newSplitK returns nil if the product is not cut.
func newSplitK(s Spec, set micro.Set) *splitK {
	count := 1 // a power of 2: most machines have an even number of processors
	for 2*count <= maxParts && s.K >= 2*count*minPartK && (2*count-1)*s.M*s.N <= maxSumElements {
		count *= 2
	}
	if count == 1 || s.M*s.N == 0 || !s.TransA || s.batch() != 1 || s.LDC != s.N {
		return nil
	}
	h := &splitK{count: count}
	h.piece.m, h.piece.n = s.M, s.N
	side, length, unit := s.N, &h.piece.n, set.NR
	if s.M > s.N {
		side, length, unit = s.M, &h.piece.m, set.MR
	}
	if wanted := ceil(s.Threads, count); wanted > 1 {
		*length = min(side, ceil(max(minPiece, ceil(side, wanted)), unit)*unit)
	}
	h.pieces = ceil(side, *length)
	for i, k := range []int{s.K / count, s.K - (count-1)*(s.K/count)} {
		part := s
		part.K, part.Threads = k, 1
		kc := newUnsplit(part, set, 0).kc // of pieces too, for sums to have the same bits
		for j := range h.plans[i] {
			part.M, part.N = h.piece.m, h.piece.n
			if j == 1 {
				part.M, part.N = s.M-(ceil(s.M, h.piece.m)-1)*h.piece.m, s.N-(ceil(s.N, h.piece.n)-1)*h.piece.n
			}
			h.plans[i][j] = newUnsplit(part, set, kc)
		}
	}
	return h
}

// isLast returns 1 for the last of count things, else 0.
func isLast(i, count int) int { return choose(i == count-1, 1, 0) }

// sumsSize is the size of the parts' own C: the first part uses the product's.
func (h *splitK) sumsSize(s Spec) int { return (h.count - 1) * s.M * s.N }

func (h *splitK) scratchSize(s Spec, threads int) int {
	return h.sumsSize(s) + threads*h.pieceScratch()
}

// pieceScratch is the scratch of a worker.
func (h *splitK) pieceScratch() int {
	size := 0
	for _, plans := range h.plans {
		size = max(size, plans[0].ScratchSize(1), plans[1].ScratchSize(1))
	}
	return size
}

// run computes the parts and adds them up.
func (h *splitK) run(p *pool.Pool, s Spec, set micro.Set, c, a, b, scratch []float32) {
	size, each := s.M*s.N, h.pieceScratch()
	sums, scratch := scratch[:h.sumsSize(s)], scratch[h.sumsSize(s):]
	p.Run(h.count*h.pieces, func(item, worker int) {
		i, j := item/h.pieces, item%h.pieces
		plan := h.plans[isLast(i, h.count)][isLast(j, h.pieces)]
		k, m, n := i*h.plans[0][0].spec.K, 0, j*h.piece.n
		if h.piece.m < s.M {
			m, n = j*h.piece.m, 0
		}
		sum := c
		if i > 0 {
			sum = sums[(i-1)*size:]
		}
		plan.Run(
			nil, sum[m*s.LDC+n:], a[k*s.LDA+m:], b[choose(s.TransB, n*s.LDB+k, k*s.LDB+n):],
			scratch[worker*each:(worker+1)*each], nil,
		)
	})
	const slice = 4096
	p.Run(ceil(size, slice), func(item, _ int) {
		from, to := item*slice, min((item+1)*slice, size)
		for at := 0; at < len(sums); at += size {
			set.Add(c[from:to], sums[at+from:at+to])
		}
	})
}
