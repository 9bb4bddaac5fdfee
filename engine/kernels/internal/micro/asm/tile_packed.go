package main

import (
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// runPacked emits a kernel with packed A: the tiles one after another, with stores of their own for whole tiles.
func (g *tileGen) runPacked() {
	r := gen.General
	a, b, k, count, ldc, next := r[0], r[1], r[2], r[6], r[7], r[8]
	g.regs = tileRegs{rows: r[3], c: r[4], dump: r[9], p: r[5], q: r[10]}
	for _, load := range []struct {
		field uintptr
		to    reg.GPPhysical
	}{
		{unsafe.Offsetof(abi.Tile{}.A), a}, {unsafe.Offsetof(abi.Tile{}.Rows), g.regs.rows},
		{unsafe.Offsetof(abi.Tile{}.C), g.regs.c},
		{unsafe.Offsetof(abi.Tile{}.Count), count}, {unsafe.Offsetof(abi.Tile{}.LDC), ldc},
		{unsafe.Offsetof(abi.Tile{}.Prefetch), next},
	} {
		MOVQ(g.field(load.field), load.to)
	}
	Label("tile")
	g.clear()
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.B)), b)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.K)), k)
	g.prefetchC()
	g.multiplyPacked(a, b, k, next)

	TESTQ(ldc, ldc)
	JEQ(LabelRef("single"))
	eachRow := func(visit func(row, vector int, m Mem)) {
		MOVQ(g.regs.c, g.regs.p)
		for row := range g.rows {
			if row > 0 {
				ADDQ(ldc, g.regs.p)
			}
			for v := range g.vectors {
				visit(row, v, Mem{Base: g.regs.p, Disp: v * g.Bytes()})
			}
		}
	}
	g.addC("store_whole", func(row, v int, m Mem) { VADDPS(m, g.at(row, v), g.at(row, v)) }, eachRow)
	eachRow(func(row, v int, m Mem) { VMOVUPS(g.at(row, v), m) })
	IMUL3Q(Imm(uint64(g.rows)), ldc, g.regs.p)
	ADDQ(g.regs.p, g.regs.c)
	DECQ(count)
	JNE(LabelRef("tile"))
	VZEROUPPER()
	RET()
	Label("single")
	g.finish()
}

// prefetchC asks for the rows of C, which are not in a cache when the product is large.
func (g *tileGen) prefetchC() {
	for r := range g.rows {
		MOVLQSX(Mem{Base: g.regs.rows, Disp: 4 * r}, g.regs.p)
		PREFETCHT0(Mem{Base: g.regs.c, Index: g.regs.p, Scale: 4})
		PREFETCHT0(Mem{Base: g.regs.c, Index: g.regs.p, Scale: 4, Disp: g.vectors*g.Bytes() - 4})
	}
}

// multiplyPacked accumulates the only tap of a tile and leaves a at the next one.
func (g *tileGen) multiplyPacked(a, b, k, next reg.GPPhysical) {
	steps := func(n int) {
		for u := range n {
			for v := range g.vectors {
				VMOVUPS(Mem{Base: b, Disp: (u*g.vectors + v) * g.Bytes()}, g.b[v])
			}
			for r := range g.rows {
				g.addRow(r, u, Mem{Base: a, Disp: 4 * (u*g.rows + r)})
			}
		}
		ADDQ(I32(int32(4*n*g.rows)), a)
		ADDQ(I32(int32(n*g.vectors*g.Bytes())), b)
	}
	SUBQ(Imm(4*unroll), k)
	JLT(LabelRef("rest"))
	Label("loop")
	steps(unroll)
	PREFETCHT1(Mem{Base: next})
	ADDQ(Imm(64), next)
	SUBQ(Imm(4*unroll), k)
	JGE(LabelRef("loop"))
	Label("rest")
	ADDQ(Imm(4*unroll), k)
	JEQ(LabelRef("done"))
	Label("one")
	steps(1)
	SUBQ(Imm(4), k)
	JNE(LabelRef("one"))
	Label("done")
}
