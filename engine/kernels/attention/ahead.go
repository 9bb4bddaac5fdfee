package attention

// Heads lie apart from each other in memory, where a processor does not look for them by itself. While a head's products are
// computed, what comes next is fetched into the second-level cache.

// distant is rows of memory that will be needed: the first, nil for none, and the elements to the next.
type distant struct {
	first *float32
	ld    int
}

// upcoming is what a worker reads after a block of queries: the next block of the same head, or the first of another, and
// that head's keys and values. Heads are counted through the batch.
type upcoming struct {
	*Problem
	head             int // the next one
	first            int // of the block at hand
	queryHead, query int // the next block
}

func (a *Problem) after(head, next, first, rows int) upcoming {
	u := upcoming{a, next, first, head, first + rows}
	if u.query >= a.QueryLen {
		u.queryHead, u.query = next, 0
	}
	return u
}

// queries returns the rows of the next block.
func (u upcoming) queries(h Heads) distant {
	return u.rows(h, u.queryHead, u.Heads, u.query, u.QueryLen)
}

// keys returns the rows of the next head's keys or values that lie where the block at hand does.
func (u upcoming) keys(h Heads) distant {
	return u.rows(h, u.head/u.group(), u.Heads/u.group(), u.first, u.KVLen)
}

// rows returns the rows from position s on of a head among so many of a batch element, or none if there are none.
func (a *Problem) rows(h Heads, head, heads, s, seq int) distant {
	if head >= a.Batch*heads || s >= seq || a.Dim == 0 {
		return distant{}
	}
	return distant{&h.at(head/heads, head%heads, s)[0], h.Seq}
}

// rows returns those of a matrix that is written.
func (m matrix) rows() distant {
	if len(m.data) == 0 {
		return distant{}
	}
	return distant{&m.data[0], m.ld}
}
