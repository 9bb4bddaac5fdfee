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

// EachRows is EachRow for four rows at a time while there are as many, then for single rows. The four are not read in
// the order in which they lie in memory, but the four after them are fetched in that order.
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

func (k *Kernel) rowLoop(
	first, end reg.GPVirtual, body func(), advance func(p reg.GPVirtual), pointers []reg.GPVirtual,
) {
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
