package fuse

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// undecided says that a cluster has no reduction of rows, or of columns, that would decide.
const undecided = -1

// cluster is a set of nodes that become one loop.
type cluster struct {
	nodes        []int // ascending
	dims         []int
	rowAxes      int // how many of dims make up the rows, or undecided
	firstReduced int // first axis that reductions of columns reduce, or undecided

	// perRow are the nodes whose values have one element a row.
	perRow map[int]bool
}

// maxNodes bounds the nodes of a loop: the values of more no longer fit into the first-level cache.
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
	split, ok := unify(a.rowAxes, b.rowAxes)
	from, okFrom := unify(a.firstReduced, b.firstReduced)
	if !ok || !okFrom {
		return nil
	}
	c := &cluster{dims: a.dims, rowAxes: split, firstReduced: from, perRow: map[int]bool{}}
	c.absorb(a, false)
	c.absorb(b, false)
	return c
}

// isRowsOf says that the space of r consists of the rows of c, and that r has no structure of its own.
func isRowsOf(r, c *cluster) bool {
	if r.rowAxes != undecided || r.firstReduced != undecided || c.rowAxes == undecided || len(c.perRow) == 0 {
		return false
	}
	return slices.Equal(withoutOnes(r.dims), withoutOnes(c.dims[:c.rowAxes]))
}

func joinRows(rows, c *cluster) *cluster {
	union := &cluster{dims: c.dims, rowAxes: c.rowAxes, firstReduced: c.firstReduced, perRow: map[int]bool{}}
	union.absorb(c, false)
	union.absorb(rows, true)
	return union
}

func (c *cluster) absorb(o *cluster, asRows bool) {
	c.nodes = append(c.nodes, o.nodes...)
	slices.Sort(c.nodes)
	for _, n := range o.nodes {
		if asRows || o.perRow[n] {
			c.perRow[n] = true
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
	c := &cluster{nodes: []int{i}, rowAxes: undecided, firstReduced: undecided, perRow: map[int]bool{}}
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
		c.rowAxes = split
		c.perRow[i] = true
	case reduceColumns:
		c.rowAxes, c.firstReduced = split, from
	}
	return c
}
