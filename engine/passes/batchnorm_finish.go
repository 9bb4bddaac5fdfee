package passes

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// vectors tells which operands of an op are vectors: those from the first number to before the second.
var vectors = map[ir.Op][2]int{
	ir.OpScaleShift: {1, 3}, ir.OpScaleShiftReLU: {1, 3}, ir.OpGate: {2, 4}, ir.OpGateOfSum: {3, 5},
	ir.OpBatchNormGrad: {2, 6},
}

// finish gives vectors their own loads and drops what nobody reads any more.
func (c *batchNormCombiner) finish() {
	l := c.loop
	c.countUses()
	old := *l
	inputs := c.node.Inputs
	l.Loads, l.Body, c.node.Inputs = nil, nil, nil

	// Values are found by their old number and by whether they are read as vectors.
	type use struct {
		value  int
		vector bool
	}
	number := map[use]int{}
	var order []use
	want := func(v int, vector bool) {
		u := use{v, vector}
		if _, known := number[u]; !known && v < len(old.Loads) {
			number[u] = 0
			order = append(order, u)
		}
	}
	visit := func(f func(v *int, vector bool)) {
		for i := range old.Body {
			if c.uses[len(old.Loads)+i] == 0 {
				continue
			}
			in := &old.Body[i]
			for k := range in.Args {
				f(&in.Args[k], k >= vectors[in.Op][0] && k < vectors[in.Op][1])
			}
		}
		for i := range l.Results {
			for k, v := range l.Results[i].Operands() {
				f(v, k == 2)
			}
		}
	}
	visit(func(v *int, vector bool) { want(*v, vector) })
	slices.SortStableFunc(order, func(a, b use) int { return a.value - b.value })
	for i, u := range order {
		load := old.Loads[u.value]
		load.Vector = u.vector
		number[u] = i
		l.Loads = append(l.Loads, load)
		c.node.Inputs = append(c.node.Inputs, inputs[u.value])
	}
	next := len(l.Loads)
	for i := range old.Body {
		if v := len(old.Loads) + i; c.uses[v] > 0 {
			number[use{v, false}] = next
			next++
		}
	}
	visit(func(v *int, vector bool) { *v = number[use{*v, vector}] })
	for i, in := range old.Body {
		if c.uses[len(old.Loads)+i] > 0 {
			l.Body = append(l.Body, in)
		}
	}
}
