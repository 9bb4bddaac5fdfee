package fuse

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// storeShared stores one value instead of several that are made of it and of vectors, which their readers then compute: the
// two batch norms in front of a residual sum have one gradient, each times a scale of its own.
func (f *fuser) storeShared() {
	made := make([][]int, len(f.nodes)) // by node: the stored ones that are made of it
	for i := range f.nodes {
		if p := f.madeOf(i); p >= 0 && !f.stored(p) {
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
				if f.clones[reader] == nil {
					f.clones[reader] = map[*ir.Node]bool{}
				}
				f.clones[reader][f.nodes[i]] = true
				if !slices.Contains(f.readers[p], reader) {
					f.readers[p] = append(f.readers[p], reader)
				}
			}
			f.readers[i] = nil
		}
	}
}

func (f *fuser) stored(i int) bool {
	return f.required[f.nodes[i].Outputs[0]] || len(f.readers[i]) > 0
}

// madeOf returns the only large value that node i of a loop reads, if that is computed in the same loop and i is stored for
// other loops alone, or -1.
func (f *fuser) madeOf(i int) int {
	c := f.of[i]
	if c == nil || f.required[f.nodes[i].Outputs[0]] || len(f.readers[i]) == 0 || f.isReduction(i) || c.byRow[i] {
		return -1
	}
	found := -1
	for _, o := range f.operands[i] {
		p := f.index[o.base.Producer]
		switch full := o.isFull(c.dims); {
		case full && found < 0 && f.of[p] == c && !f.isReduction(p) && !c.byRow[p]:
			found = p
		case full || f.of[p] == c:
			return -1
		}
	}
	return found
}
