package simdgen

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// EachRow runs body for every row of n elements in rows of cols, the first
// pointer being that of the n elements, and advances the pointers by a row each
// time.
func (k *Kernel) EachRow(first, n, cols reg.GPVirtual, body func(), pointers ...reg.GPVirtual) {
	end, stride := build.GP64(), Bytes(cols)
	build.LEAQ(operand.Mem{Base: first, Index: n, Scale: 4}, end)
	k.rowLoop(first, end, body, func(p reg.GPVirtual) { build.ADDQ(stride, p) }, pointers)
}

// RowsAt gives the addresses of one place in each row at hand of the array at p.
type RowsAt func(p reg.GPVirtual, at At) []operand.Mem

// Rows gives the address in each row at hand of the array at p.
type Rows func(p reg.GPVirtual) []operand.Mem

// EachRows is EachRow for four rows at a time while there are as many, then for single rows. The four are not read in the
// order in which they lie in memory, but the four after them are fetched in that order.
func (k *Kernel) EachRows(first, n, cols reg.GPVirtual, body func(rows RowsAt), pointers ...reg.GPVirtual) {
	end, stride, triple := build.GP64(), Bytes(cols), build.GP64()
	build.LEAQ(operand.Mem{Base: first, Index: n, Scale: 4}, end)
	build.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, triple)
	build.SUBQ(triple, end) // four rows are left as long as the first begins before this
	k.rowLoop(first, end, func() {
		body(func(p reg.GPVirtual, at At) []operand.Mem {
			here := build.GP64()
			build.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 4}, here)
			k.fetchLines(here, at)
			build.LEAQ(at.Float(p), here)
			return []operand.Mem{
				{Base: here}, {Base: here, Index: stride, Scale: 1},
				{Base: here, Index: stride, Scale: 2}, {Base: here, Index: triple, Scale: 1},
			}
		})
	}, func(p reg.GPVirtual) { build.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 4}, p) }, pointers)
	build.ADDQ(triple, end)
	k.rowLoop(first, end, func() {
		body(func(p reg.GPVirtual, at At) []operand.Mem { return []operand.Mem{at.Float(p)} })
	}, func(p reg.GPVirtual) { build.ADDQ(stride, p) }, pointers)
}

// fetchLines fetches, for a vector of columns of four rows, as much of the four rows at p, from their beginning on.
func (k *Kernel) fetchLines(p reg.GPVirtual, at At) {
	const rows, line, size = 4, 64, 4
	build.LEAQ(operand.Mem{Base: p, Index: at.index, Scale: 8}, p)
	for disp := 0; disp < rows*size*k.Lanes(); disp += line {
		build.PREFETCHT0(operand.Mem{Base: p, Index: at.index, Scale: 8, Disp: rows*size*at.disp + disp})
	}
}

func (k *Kernel) rowLoop(first, end reg.GPVirtual, body func(), advance func(p reg.GPVirtual), pointers []reg.GPVirtual) {
	loop, done := k.Label("row"), k.Label("rows")
	build.CMPQ(first, end)
	build.JGE(operand.LabelRef(done))
	build.Label(loop)
	body()
	for _, p := range pointers {
		advance(p)
	}
	build.CMPQ(first, end)
	build.JLT(operand.LabelRef(loop))
	build.Label(done)
}

// EachColumn runs body for every vector of columns of arrays of n elements in rows of cols, both 1 or more: what belongs to
// a column is loaded once for all rows. In body, First gives the address in each of the vectors. Body calls its argument
// to emit what is done with every row, four at a time while there are as many; Rows then gives the addresses in each of
// the arrays. The tail must not be read beyond.
func (k *Kernel) EachColumn(n, cols reg.GPVirtual, arrays, vectors []Pointer, body func(eachRow func(do func(rows Rows)))) {
	stride, size, triple, left, end := Bytes(cols), Bytes(n), build.GP64(), Copy(cols), build.GP64()
	build.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, triple)
	column := func() {
		build.LEAQ(operand.Mem{Base: arrays[0], Index: size, Scale: 1}, end)
		build.SUBQ(triple, end)
		body(func(do func(rows Rows)) {
			k.rowLoop(arrays[0], end, func() {
				do(func(p reg.GPVirtual) []operand.Mem {
					return []operand.Mem{
						{Base: p}, {Base: p, Index: stride, Scale: 1}, {Base: p, Index: stride, Scale: 2}, {Base: p, Index: triple, Scale: 1},
					}
				})
			}, func(p reg.GPVirtual) { build.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 4}, p) }, arrays)
			build.ADDQ(triple, end)
			k.rowLoop(arrays[0], end, func() {
				do(func(p reg.GPVirtual) []operand.Mem { return []operand.Mem{{Base: p}} })
			}, func(p reg.GPVirtual) { build.ADDQ(stride, p) }, arrays)
		})
		for _, p := range arrays {
			build.SUBQ(size, p)
		}
	}
	loop, tail, done := k.Label("column"), k.Label("columnTail"), k.Label("columns")
	lanes := uint32(k.Lanes())
	build.SUBQ(operand.U32(lanes), left)
	build.JLT(operand.LabelRef(tail))
	build.Label(loop)
	column()
	for _, p := range append(arrays[:len(arrays):len(arrays)], vectors...) {
		build.ADDQ(operand.U32(4*lanes), p)
	}
	build.SUBQ(operand.U32(lanes), left)
	build.JGE(operand.LabelRef(loop))
	build.Label(tail)
	build.ADDQ(operand.U32(lanes), left)
	build.JEQ(operand.LabelRef(done))
	k.maskTail(left)
	column()
	k.tail = false
	build.Label(done)
}
