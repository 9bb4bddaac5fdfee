package eval

import (
	"math"
	"slices"
)

// neighbor is a training sample with its similarity to a query.
type neighbor struct {
	similarity float32
	index      int32
}

// rank orders neighbors as a number: the most similar first, of equals the one with the lower index.
type rank uint64

func rankOf(similarity float32, index int) rank {
	bits := math.Float32bits(similarity + 0) // no negative zero
	if bits>>31 == 0 {
		bits = ^bits &^ (1 << 31) // among the positive the largest comes first
	}
	return rank(bits)<<32 | rank(uint32(index))
}

func (r rank) neighbor() neighbor {
	bits := uint32(r >> 32)
	if bits>>31 == 0 {
		bits = ^bits &^ (1 << 31)
	}
	return neighbor{math.Float32frombits(bits), int32(uint32(r))}
}

// closest collects the neighbors nearest to a query. It holds up to twice as many as are wanted, and drops the
// further half when it is full, which takes a constant time for each one offered.
type closest struct {
	limit int     // how many are wanted, at least 1
	seen  []rank  // in any order; all that may be among the nearest
	least float32 // no neighbor that is not more similar is among them
}

func newClosest(limit int) closest {
	return closest{limit, make([]rank, 0, 2*limit), float32(math.Inf(-1))}
}

// offer adds a run of neighbors, which begins at index first. Runs come in
// order, so that of equals the first stays.
func (c *closest) offer(similarities []float32, first int) {
	least := c.least
	for left := similarities; ; left = left[1:] {
		for len(left) >= 8 {
			if s := (*[8]float32)(left); s[0] > least || s[1] > least || s[2] > least || s[3] > least ||
				s[4] > least || s[5] > least || s[6] > least || s[7] > least {
				break
			}
			left = left[8:]
		}
		for len(left) > 0 && !(left[0] > least) {
			left = left[1:]
		}
		if len(left) == 0 {
			return
		}
		c.seen = append(c.seen, rankOf(left[0], first+len(similarities)-len(left)))
		if len(c.seen) == 2*c.limit {
			c.drop()
			least = c.least
		}
	}
}

// drop leaves those that are wanted.
func (c *closest) drop() {
	if len(c.seen) > c.limit {
		selectFirst(c.seen, c.limit)
		c.seen = c.seen[:c.limit]
		c.least = slices.Max(c.seen).neighbor().similarity
	}
}

// selectFirst moves the first n of an order to the front (Hoare, "Algorithm 65: find", 1961).
func selectFirst(ranks []rank, n int) {
	for len(ranks) > 1 {
		pivot, i, j := ranks[len(ranks)/2], 0, len(ranks)-1
		for i <= j {
			for ranks[i] < pivot {
				i++
			}
			for pivot < ranks[j] {
				j--
			}
			if i <= j {
				ranks[i], ranks[j] = ranks[j], ranks[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case n <= j:
			ranks = ranks[:j+1]
		case n > i:
			ranks, n = ranks[i:], n-i
		default:
			return
		}
	}
}

// sorted is those wanted, the nearest first; nothing may be offered afterward.
func (c *closest) sorted() []neighbor {
	c.drop()
	slices.Sort(c.seen)
	found := make([]neighbor, len(c.seen))
	for i, r := range c.seen {
		found[i] = r.neighbor()
	}
	return found
}
