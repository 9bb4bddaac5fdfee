package fuse

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// storeShared stores one value instead of several that derive from it and from vectors; their readers compute those
// again. For example, the two batch norms before a residual sum have the same output gradient, each times its own
// scale.
func (f *fuser) storeShared() {
	made := make([][]int, len(f.nodes)) // by node: the stored ones that derive from it
	for i := range f.nodes {
		if p := f.derivedFrom(i); p >= 0 && !f.isStored(p) {
			made[p] = append(made[p], i)
		}
	}
	for p, list := range made {
		gain := -1.0
		for _, i := range list {
			gain += 1 - signatures[f.nodes[i].Op].cost*float64(len(f.readers[i]))
		}
		if gain <= 0 {
			continue
		}
		for _, i := range list {
			for _, reader := range f.readers[i] {
				if f.rematerialized[reader] == nil {
					f.rematerialized[reader] = map[*ir.Node]bool{}
				}
				f.rematerialized[reader][f.nodes[i]] = true
				if !slices.Contains(f.readers[p], reader) {
					f.readers[p] = append(f.readers[p], reader)
				}
			}
			f.readers[i] = nil
		}
	}
}

func (f *fuser) isStored(i int) bool {
	return f.required[f.nodes[i].Outputs[0]] || len(f.readers[i]) > 0
}

// derivedFrom returns the one large value that node i of a loop reads, if the same loop computes it and i is stored
// only for other loops; otherwise -1.
func (f *fuser) derivedFrom(i int) int {
	c := f.clusterOf[i]
	if c == nil || f.required[f.nodes[i].Outputs[0]] || len(f.readers[i]) == 0 || f.isReduction(i) || c.perRow[i] {
		return -1
	}
	found := -1
	for _, o := range f.operands[i] {
		p := f.index[o.base.Producer]
		switch full := o.isFull(c.dims); {
		case full && found < 0 && f.clusterOf[p] == c && !f.isReduction(p) && !c.perRow[p]:
			found = p
		case full || f.clusterOf[p] == c:
			return -1
		}
	}
	return found
}
