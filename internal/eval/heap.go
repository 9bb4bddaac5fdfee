package eval

import (
	"cmp"
	"slices"
)

// neighbor is a training sample with its similarity to a query.
type neighbor struct {
	similarity float32
	index      int32
}

// nearestHeap holds the nearest neighbors seen so far, the furthest of them at the root.
type nearestHeap []neighbor

// offer adds those of a run of neighbors, which begins at index first, that are
// among the nearest limit. Runs come in order, so that of equals the first stays.
func (h nearestHeap) offer(similarities []float32, first, limit int) nearestHeap {
	if h == nil {
		h = make(nearestHeap, 0, limit)
	}
	for len(h) < limit && len(similarities) > 0 {
		h = append(h, neighbor{similarities[0], int32(first)})
		h.rise()
		similarities, first = similarities[1:], first+1
	}
	if len(similarities) == 0 {
		return h
	}
	least := h[0].similarity
	for i, s := range similarities {
		if s > least {
			h[0] = neighbor{s, int32(first + i)}
			h.sink()
			least = h[0].similarity
		}
	}
	return h
}

// rise restores the order of the heap above a new last one.
func (h nearestHeap) rise() {
	for i := len(h) - 1; i > 0 && h[i].further(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

// sink restores the order of the heap below a new root.
func (h nearestHeap) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1].further(h[child]) {
			child++
		}
		if child >= len(h) || !h[child].further(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// sorted puts the nearest first, which is no heap any more.
func (h nearestHeap) sorted() []neighbor {
	slices.SortFunc(h, func(a, b neighbor) int {
		return cmp.Or(cmp.Compare(b.similarity, a.similarity), cmp.Compare(a.index, b.index))
	})
	return h
}

// further reports whether n goes before m is dropped: it is less similar, or equal and later.
func (n neighbor) further(m neighbor) bool {
	return n.similarity < m.similarity || (n.similarity == m.similarity && n.index > m.index)
}
