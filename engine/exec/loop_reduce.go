package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/norm"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// reduce adds the block to the partial results of its item.
func (b *block) reduce(partials []float32, item, rowItem, col int, firstRows, first bool) {
	l := b.l
	for i := range l.results {
		r := &l.results[i]
		if r.Kind == ir.Store || r.along {
			continue
		}
		if r.Kind == ir.ReduceCentered {
			b.reduceCentered(r, partials, rowItem, col, firstRows)
			continue
		}
		op := rowReductions[r.Op]
		x := b.floats[r.Value]
		if l.values[r.Value].class != full {
			x = b.expanded(r.Value)
		}
		if r.Kind == ir.ReduceAll {
			b.merge(op, &partials[r.partial+item], reduce.Block(op, x), first)
			continue
		}
		// The rows of a block are summed apart, so that rounding errors grow slowly.
		acc := partials[r.partial+rowItem*l.length+col:][:b.cols]
		sum := acc
		if !firstRows {
			sum = b.columnSum[:b.cols]
		}
		copy(sum, x[:b.cols])
		if len(x) > b.cols {
			reduce.BlockColumns(op, sum, x[b.cols:])
		}
		if !firstRows {
			addRow(op, acc, sum)
		}
	}
}

// reduceCentered adds Σ value·(x - mean) of the block, and Σ value, to the partial results.
func (b *block) reduceCentered(r *resultPlan, partials []float32, rowItem, col int, firstRows bool) {
	place := func(partial int) []float32 { return partials[partial+rowItem*b.l.length+col:][:b.cols] }
	product, sum := b.columnSum[:b.cols], b.columnSum[b.cols:2*b.cols]
	clear(b.columnSum[:2*b.cols])
	norm.GradientSums(sum, product, b.floats[r.Value], b.floats[r.X], b.floats[r.Mean])
	put := func(partial int, v []float32) {
		if firstRows {
			copy(place(partial), v)
		} else {
			addRow(reduce.Sum, place(partial), v)
		}
	}
	put(r.partial, product)
	if r.sum >= 0 {
		put(b.l.results[r.sum].partial, sum)
	}
}

// pairSums finds the sums of values that are reduced centered as well: one kernel does both.
func (l *loop) pairSums() {
	for i := range l.results {
		r := &l.results[i]
		r.sum = -1
		if r.Kind != ir.ReduceCentered {
			continue
		}
		for k := range l.results {
			if s := &l.results[k]; s.Kind == ir.ReduceColumns && s.Op == r.Op && s.Value == r.Value && !s.along {
				r.sum, s.along = k, true
				break
			}
		}
	}
}

func (b *block) merge(op reduce.Op, acc *float32, x float32, first bool) {
	if !first {
		switch op {
		case reduce.Max:
			x = max(*acc, x)
		case reduce.Min:
			x = min(*acc, x)
		default:
			x += *acc
		}
	}
	*acc = x
}

// expanded returns a value of fewer elements as one of every element.
func (b *block) expanded(v int) []float32 {
	dst := make([]float32, b.rows*b.cols)
	repeat(dst, b.floats[v])
	return dst
}

// reduceRepeated reduces rows whose elements are all the same.
func (b *block) reduceRepeated(op reduce.Op, id, x int) {
	for r := range b.floats[id] {
		v := b.floats[x][min(r, len(b.floats[x])-1)]
		if op == reduce.Sum {
			v *= float32(b.l.length)
		}
		b.floats[id][r] = v
	}
}

// combine merges the partial results of the items, in order.
func (l *loop) combine(r *resultPlan, out, partials []float32) {
	op := rowReductions[r.Op]
	switch r.Kind {
	case ir.ReduceAll:
		out[0] = reduce.Block(op, partials[r.partial:][:l.items()])
	case ir.ReduceColumns, ir.ReduceCentered:
		for g := range l.groups {
			part := partials[r.partial+g*l.partials*l.length:][:l.partials*l.length]
			reduce.MergeRows(op, out[g*l.length:(g+1)*l.length], part)
		}
	}
}

func addRow(op reduce.Op, dst, x []float32) {
	switch op {
	case reduce.Max:
		vector.Binary(vector.Max, dst, dst, x)
	case reduce.Min:
		vector.Binary(vector.Min, dst, dst, x)
	default:
		vector.Binary(vector.Add, dst, dst, x)
	}
}
