package attention

// Heads lie apart in memory, which a processor's own prefetchers do not handle. While the products of a block of
// queries are computed, what comes next is prefetched into the second-level cache.

// distantRows is rows to prefetch: the address of the first, nil for none, and the distance between them in elements.
type distantRows struct {
	first *float32
	ld    int
}

// nextBlock says what a worker reads after a block of queries: the next block of the same head, or the first block of
// another head with its keys and values. Heads are numbered through the batch.
type nextBlock struct {
	*Problem
	head             int // the head after this one
	first            int // query of the current block
	queryHead, query int // the next block
}

func (a *Problem) nextBlock(head, next, first, rows int) nextBlock {
	u := nextBlock{a, next, first, head, first + rows}
	if u.query >= a.QueryLen {
		u.queryHead, u.query = next, 0
	}
	return u
}

// queries returns the rows of the next block.
func (u nextBlock) queries(h Heads) distantRows {
	return u.rows(h, u.queryHead, u.Heads, u.query, u.QueryLen)
}

// keys returns the rows of the next head's keys or values at the positions of the current block.
func (u nextBlock) keys(h Heads) distantRows {
	return u.rows(h, u.head/u.group(), u.Heads/u.group(), u.first, u.KVLen)
}

// rows returns the rows from position s on of a head among so many of a batch element, or none if there are none.
func (a *Problem) rows(h Heads, head, heads, s, seq int) distantRows {
	if head >= a.Batch*heads || s >= seq || a.Dim == 0 {
		return distantRows{}
	}
	return distantRows{&h.at(head/heads, head%heads, s)[0], h.Seq}
}

// rows returns those of a matrix that is written.
func (m matrix) rows() distantRows {
	if len(m.data) == 0 {
		return distantRows{}
	}
	return distantRows{&m.data[0], m.ld}
}
