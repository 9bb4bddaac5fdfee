package plan

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Alignment is that of every slot of the arena: a cache line.
const Alignment = 64

// shareInPlace lets results be written over operands that the step is the last to read, where the kernel allows it. The
// two slots become one: steps that use the result's slot get the operand's.
func (b *builder) shareInPlace() {
	merged := make([]int, len(b.Slots))
	for i := range merged {
		merged[i] = i
	}
	find := func(s int) int {
		for merged[s] != s {
			s = merged[s]
		}
		return s
	}
	for t, step := range b.Steps {
		for i, s := range step.In {
			step.In[i] = find(s)
		}
		taken := map[int]bool{}
		for _, pair := range b.inPlace[t] {
			out, in := step.Out[pair[0]], step.In[pair[1]]
			o, i := &b.Slots[out], &b.Slots[in]
			if o.Storage != Arena || i.Storage != Arena || o.Bytes != i.Bytes || b.lastUse[in] != t || taken[in] ||
				merged[out] != out ||
				!readOnce(step.In, pair[1]) {
				continue
			}
			taken[in] = true
			merged[out] = in
			b.lastUse[in] = b.lastUse[out]
		}
	}
	for _, step := range b.Steps {
		for i, s := range step.Out {
			step.Out[i] = find(s)
		}
	}
	for i := range b.Copies {
		b.Copies[i].From = find(b.Copies[i].From)
	}
	for v, s := range b.SlotOf {
		b.SlotOf[v] = find(s)
	}
	for i := range merged {
		if merged[i] != i {
			b.Slots[i].Bytes = 0 // no longer mentioned
		}
	}
}

// readOnce says that no other of a step's operands lies in the slot of operand i.
func readOnce(operands []int, i int) bool {
	for k, s := range operands {
		if k != i && s == operands[i] {
			return false
		}
	}
	return true
}

// assignOffsets gives the arena's slots their offsets: the largest first, each at the lowest one that is free while it
// is live.
func (b *builder) assignOffsets() {
	var order []int
	for i := range b.Slots {
		if b.Slots[i].Storage == Arena && b.Slots[i].Bytes > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return b.Slots[y].Bytes - b.Slots[x].Bytes })
	var placed []int // by offset
	for _, s := range order {
		slot := &b.Slots[s]
		size := (slot.Bytes + Alignment - 1) / Alignment * Alignment
		offset := 0
		for _, p := range placed {
			other := &b.Slots[p]
			if b.firstUse[p] > b.lastUse[s] || b.lastUse[p] < b.firstUse[s] {
				continue
			}
			if offset+size <= other.Offset {
				break
			}
			offset = max(offset, (other.Offset+other.Bytes+Alignment-1)/Alignment*Alignment)
		}
		slot.Offset = offset
		b.ArenaBytes = max(b.ArenaBytes, offset+size)
		at, _ := slices.BinarySearchFunc(placed, offset, func(p, offset int) int { return b.Slots[p].Offset - offset })
		placed = slices.Insert(placed, at, s)
	}
}

// findDonors pairs outputs with parameters of the same size that are read for the last time when, or before, the
// output is written.
func (b *builder) findDonors(g *ir.Graph) {
	b.Donors = make([]int, len(b.Outputs))
	for i := range b.Donors {
		b.Donors[i] = -1
	}
	taken := make([]bool, len(g.Params))
	take := func(output, param int) {
		b.Donors[output], taken[param] = param, true
	}
	// A parameter that is returned as it came.
	for _, c := range b.Copies {
		from, to := b.Slots[c.From], b.Slots[c.To]
		if from.Storage == Param && !taken[from.Index] {
			take(to.Index, from.Index)
		}
	}
	// An output computed in place of a parameter, such as an updated variable.
	for t, step := range b.Steps {
		for _, pair := range b.inPlace[t] {
			out, in := b.Slots[step.Out[pair[0]]], b.Slots[step.In[pair[1]]]
			if out.Storage == Output && in.Storage == Param && out.Bytes == in.Bytes && b.lastUse[step.In[pair[1]]] == t &&
				b.Donors[out.Index] < 0 && !taken[in.Index] && readOnce(step.In, pair[1]) {
				take(out.Index, in.Index)
			}
		}
	}
	// Any parameter that is dead by then.
	bySize := map[int][]int{}
	for i, v := range g.Params {
		if !taken[i] {
			bySize[v.Bytes()] = append(bySize[v.Bytes()], i)
		}
	}
	for i, s := range b.Outputs {
		if b.Donors[i] >= 0 || b.Slots[s].Bytes == 0 {
			continue
		}
		candidates := bySize[b.Slots[s].Bytes]
		for k, p := range candidates {
			if b.lastUse[b.SlotOf[g.Params[p]]] < b.firstUse[s] {
				take(i, p)
				bySize[b.Slots[s].Bytes] = slices.Delete(candidates, k, k+1)
				break
			}
		}
	}
}
