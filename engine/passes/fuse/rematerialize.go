package fuse

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// rematerialize makes loops compute again what another loop would otherwise store for them, where that moves less
// memory. What is gained for one value depends on the others, so the search is repeated until it finds no more.
func (f *fuser) rematerialize() {
	f.readers = f.findReaders()
	f.storeShared()
	for changed := true; changed; {
		changed = false
		for i := len(f.nodes) - 1; i >= 0; i-- {
			if f.clusterOf[i] != nil && !f.required[f.nodes[i].Outputs[0]] && len(f.readers[i]) > 0 &&
				f.rematerializeInReaders(i) {
				changed = true
			}
		}
	}
}

// rematerializeInReaders makes the readers of node i compute it themselves if that moves less memory.
func (f *fuser) rematerializeInReaders(i int) bool {
	e, ok := f.expression(i)
	if !ok {
		return false
	}
	gain := 1.0 // the store
	for _, reader := range f.readers[i] {
		gain += 1 - e.cost - float64(f.extraLoads(e, reader))
	}
	if gain <= 0 {
		return false
	}
	for _, reader := range f.readers[i] {
		if f.rematerialized[reader] == nil {
			f.rematerialized[reader] = map[*ir.Node]bool{}
		}
		for _, n := range e.nodes {
			f.rematerialized[reader][f.nodes[n]] = true
		}
		for _, leaf := range e.leaves {
			if f.clusterOf[leaf] != nil && f.clusterOf[leaf] != reader && !f.rematerialized[reader][f.nodes[leaf]] &&
				!slices.Contains(f.readers[leaf], reader) {
				f.readers[leaf] = append(f.readers[leaf], reader)
			}
		}
	}
	f.readers[i] = nil
	return true
}

// findReaders lists for each node of a loop the other loops that read it element by element.
func (f *fuser) findReaders() map[int][]*cluster {
	readers := map[int][]*cluster{}
	for i := range f.nodes {
		c := f.clusterOf[i]
		if c == nil {
			continue
		}
		for _, o := range f.operands[i] {
			p := f.index[o.base.Producer]
			if f.clusterOf[p] == nil || f.clusterOf[p] == c {
				continue
			}
			if !o.isFull(f.ownDims(i)) || !slices.Equal(f.clusterOf[p].dims, c.dims) || f.clusterOf[p].perRow[p] ||
				c.perRow[i] && !f.isReduction(i) {
				f.required[o.base] = true // not the same element: it cannot be computed in place
				continue
			}
			if !slices.Contains(readers[p], c) {
				readers[p] = append(readers[p], c)
			}
		}
	}
	return readers
}

// expression is a value as a function of what is in memory.
type expression struct {
	nodes  []int
	leaves []int // producers of large values read
	cost   float64
}

// expression describes node i by the values that are stored. It is false if a reduction is among the ops or there are
// too many of them.
func (f *fuser) expression(i int) (e expression, ok bool) {
	c := f.clusterOf[i]
	seen := map[int]bool{}
	var visit func(n int) bool
	visit = func(n int) bool {
		if seen[n] {
			return true
		}
		seen[n] = true
		if f.isReduction(n) || c.perRow[n] || len(e.nodes) > 24 {
			return false
		}
		e.nodes = append(e.nodes, n)
		e.cost += signatures[f.nodes[n].Op].cost
		for _, o := range f.operands[n] {
			p := f.index[o.base.Producer]
			stored := f.clusterOf[p] != c || f.required[o.base] || len(f.readers[p]) > 0
			switch {
			case !stored && f.clusterOf[p] == c:
				if !visit(p) {
					return false
				}
			case o.isFull(c.dims) && !slices.Contains(e.leaves, p):
				e.leaves = append(e.leaves, p)
			}
		}
		return true
	}
	return e, visit(i)
}

// extraLoads counts the large values that reader would have to read for the expression in addition to what it reads. A
// value that another loop computes counts nothing if reader could compute it, too, from what it then reads.
func (f *fuser) extraLoads(e expression, reader *cluster) int {
	loads := map[int]bool{}
	note := func(n int) {
		for _, o := range f.operands[n] {
			loads[f.index[o.base.Producer]] = true
		}
	}
	for _, n := range reader.nodes {
		note(n)
	}
	for n := range f.rematerialized[reader] {
		note(f.index[n])
	}
	var open []int
	count := 0
	for _, leaf := range e.leaves {
		switch {
		case loads[leaf] || f.clusterOf[leaf] == reader:
		case f.clusterOf[leaf] != nil && !f.required[f.nodes[leaf].Outputs[0]]:
			open = append(open, leaf)
		default:
			loads[leaf] = true
			count++
		}
	}
	for _, leaf := range open {
		if !f.isComputable(leaf, loads) {
			loads[leaf] = true
			count++
		}
	}
	return count
}

// isComputable says that a value is a function of the given large values, without reductions.
func (f *fuser) isComputable(leaf int, loads map[int]bool) bool {
	e, ok := f.expression(leaf)
	if !ok {
		return false
	}
	for _, l := range e.leaves {
		if !loads[l] {
			return false
		}
	}
	return true
}
