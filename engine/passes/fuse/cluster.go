package fuse

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// undecided is the split of a loop that has no reductions by rows or columns.
const undecided = -1

// cluster is a set of nodes that become one loop.
type cluster struct {
	nodes []int // in order
	dims  []int
	split int // of dims into rows and their length
	from  int // first axis of the reductions by columns, or undecided

	// byRow are the nodes whose values have one element a row.
	byRow map[int]bool
}

// max number of nodes in a loop: beyond, its values no longer fit into the first-level cache.
const maxNodes = 64

// join returns the union of two clusters, or nil if they do not fit into one loop.
func join(a, b *cluster) *cluster {
	if len(a.nodes)+len(b.nodes) > maxNodes {
		return nil
	}
	switch {
	case slices.Equal(a.dims, b.dims):
		return joinSameSpace(a, b)
	case isRowsOf(a, b):
		return joinRows(a, b)
	case isRowsOf(b, a):
		return joinRows(b, a)
	}
	return nil
}

func joinSameSpace(a, b *cluster) *cluster {
	split, ok := unify(a.split, b.split)
	from, okFrom := unify(a.from, b.from)
	if !ok || !okFrom {
		return nil
	}
	c := &cluster{dims: a.dims, split: split, from: from, byRow: map[int]bool{}}
	c.take(a, false)
	c.take(b, false)
	return c
}

// isRowsOf says that the space of r consists of the rows of c, and that r has no structure of its own.
func isRowsOf(r, c *cluster) bool {
	if r.split != undecided || r.from != undecided || c.split == undecided || len(c.byRow) == 0 {
		return false
	}
	return slices.Equal(withoutOnes(r.dims), withoutOnes(c.dims[:c.split]))
}

func joinRows(rows, c *cluster) *cluster {
	union := &cluster{dims: c.dims, split: c.split, from: c.from, byRow: map[int]bool{}}
	union.take(c, false)
	union.take(rows, true)
	return union
}

func (c *cluster) take(o *cluster, asRows bool) {
	c.nodes = append(c.nodes, o.nodes...)
	slices.Sort(c.nodes)
	for _, n := range o.nodes {
		if asRows || o.byRow[n] {
			c.byRow[n] = true
		}
	}
}

func unify(a, b int) (int, bool) {
	switch {
	case a == undecided:
		return b, true
	case b == undecided || a == b:
		return a, true
	}
	return 0, false
}

func withoutOnes(dims []int) []int {
	return slices.DeleteFunc(slices.Clone(dims), func(d int) bool { return d == 1 })
}

// newCluster returns the cluster of node number i alone, or nil if a loop cannot compute it.
func newCluster(i int, n *ir.Node) *cluster {
	if len(n.Outputs) != 1 {
		return nil
	}
	c := &cluster{nodes: []int{i}, split: undecided, from: undecided, byRow: map[int]bool{}}
	if isPointwise(n) {
		c.dims = n.Outputs[0].Dims()
		return c
	}
	kind, from, split := reductionOf(n)
	if kind == noReduction {
		return nil
	}
	c.dims = n.Inputs[0].Dims()
	switch kind {
	case reduceRows:
		c.split = split
		c.byRow[i] = true
	case reduceColumns:
		c.split, c.from = split, from
	}
	return c
}
