package main

import (
	"math/bits"
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// unroll is how many steps of k the inner loop of a tile does at once.
const unroll = 4

// tileGen emits one tile kernel: rows × vectors accumulators; a step of k loads
// a row of B, then broadcasts one element of every row of A.
type tileGen struct {
	gen.ISA
	rows, vectors int
	kind          tileKind

	args reg.GPPhysical
	acc  []reg.VecPhysical // rows × vectors
	b    []reg.VecPhysical // a row of B
	free []reg.VecPhysical // the others
	mask *gen.Masks        // of the columns
	regs tileRegs
}

// tileRegs are the general registers that the end of a tile uses.
type tileRegs struct{ rows, c, dump, p, q reg.GPPhysical }

// tileKind says how a tile kernel reads its operands, and begins its name.
type tileKind string

const (
	indirect tileKind = "tile"        // rows of A by a table, B packed
	strided  tileKind = "tileStrided" // as indirect, but rows of B lie LDB bytes apart and may be shorter than the tile
	packed   tileKind = "tilePacked"  // A packed, too: one element of every row, then the next; several tiles
)

func tile(v gen.ISA, rows, vectors int, kind tileKind) {
	g := &tileGen{ISA: v, rows: rows, vectors: vectors, kind: kind, args: gen.General[14]}
	n := rows * vectors
	g.acc, g.b, g.free = v.Regs[:n], v.Regs[n:n+vectors], v.Regs[n+vectors:]
	gen.Leaf(name(string(kind), v, rows, vectors), "func(t *Tile)",
		"computes a tile of %d rows and up to %d columns.", rows, vectors*v.Lanes)
	AllocLocal(16)
	MOVQ(NewParamAddr("t", 0), g.args)
	if kind == packed {
		g.runPacked()
		return
	}
	g.clear()
	if kind == strided {
		g.prepareMasks(gen.General[0], gen.General[1])
	}
	g.multiply()
	r := gen.General
	g.regs = tileRegs{rows: r[1], c: r[2], dump: r[3], p: r[4], q: r[5]}
	g.finish()
}

func (g *tileGen) clear() {
	for _, acc := range g.acc {
		gen.Zero(acc)
	}
}

func (g *tileGen) field(offset uintptr) Mem { return Mem{Base: g.args, Disp: int(offset)} }

func (g *tileGen) at(row, vector int) reg.VecPhysical { return g.acc[row*g.vectors+vector] }

func (g *tileGen) prepareMasks(x, y reg.GPPhysical) {
	spare := g.free[len(g.free)-g.vectors:]
	g.mask = gen.NewMasks(g.ISA, g.vectors, g.field(unsafe.Offsetof(abi.Tile{}.Columns)), spare, x, y)
}

// multiply accumulates all taps.
func (g *tileGen) multiply() {
	row := gen.General[:g.rows]
	k, b, taps, neg, zeros := gen.General[8], gen.General[9], gen.General[10], gen.General[11], gen.General[12]
	ldb := gen.General[13]
	left := NewStackAddr(8) // taps to go
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.NTaps)), k)
	MOVQ(k, left)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.Taps)), taps)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.K)), neg)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.Zero)), zeros)
	ADDQ(neg, zeros)
	NEGQ(neg)
	if g.kind == strided {
		MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.LDB)), ldb)
	}

	Label("tap")
	MOVLQSX(Mem{Base: taps}, b)
	if g.kind == strided {
		IMULQ(ldb, b)
	} else {
		SHLQ(Imm(uint64(bits.TrailingZeros(uint(g.vectors*g.Bytes())))), b)
	}
	ADDQ(g.field(unsafe.Offsetof(abi.Tile{}.B)), b)
	// Rows are addressed from their end, k runs from -K to 0.
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.A)), k)
	SUBQ(neg, k)
	for r := range row {
		MOVLQSX(Mem{Base: taps, Disp: 4 + 4*r}, row[r])
		TESTQ(row[r], row[r])
		LEAQ(Mem{Base: k, Index: row[r], Scale: 4}, row[r])
		CMOVQLT(zeros, row[r])
	}
	ADDQ(Imm(uint64(4+4*g.rows)), taps)
	LEAQ(Mem{Base: neg, Disp: 4 * unroll}, k)
	TESTQ(k, k)
	JGT(LabelRef("rest"))

	Label("loop")
	for u := range unroll {
		g.step(row, k, b, ldb, u, -4*unroll)
	}
	if g.kind != strided {
		ADDQ(I32(int32(unroll*g.vectors*g.Bytes())), b)
	}
	ADDQ(Imm(4*unroll), k)
	JLE(LabelRef("loop"))

	Label("rest")
	SUBQ(Imm(4*unroll), k)
	JEQ(LabelRef("next"))
	Label("single")
	g.step(row, k, b, ldb, 0, 0)
	if g.kind != strided {
		ADDQ(I32(int32(g.vectors*g.Bytes())), b)
	}
	ADDQ(Imm(4), k)
	JNE(LabelRef("single"))

	Label("next")
	DECQ(left)
	JNE(LabelRef("tap"))
}

// step multiplies element u of every row of A (disp bytes off) with a row of B.
func (g *tileGen) step(row []reg.GPPhysical, k, b, ldb reg.GPPhysical, u, disp int) {
	for v := range g.vectors {
		switch g.kind {
		case indirect:
			VMOVUPS(Mem{Base: b, Disp: (u*g.vectors + v) * g.Bytes()}, g.b[v])
		default:
			g.mask.Load(v, Mem{Base: b, Disp: v * g.Bytes()}, g.b[v])
		}
	}
	if g.kind == strided {
		ADDQ(ldb, b)
	}
	for r := range row {
		g.addRow(r, u, Mem{Base: row[r], Index: k, Scale: 1, Disp: disp + 4*u})
	}
}

// addRow adds an element of A, that of row r in step u, times the row of B.
func (g *tileGen) addRow(r, u int, a Mem) {
	if g.Lanes == 16 && g.vectors == 1 {
		g.MultiplyAddBroadcast(a, g.b[0], g.at(r, 0))
		return
	}
	x := g.free[(u*g.rows+r)%min(len(g.free), 4)]
	VBROADCASTSS(a, x)
	for v := range g.vectors {
		g.MultiplyAdd(x, g.b[v], g.at(r, v))
	}
}

// finish stores the tile and returns.
func (g *tileGen) finish() {
	r := g.regs
	if g.kind != strided {
		g.prepareMasks(r.p, r.q)
	}
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.Rows)), r.rows)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.C)), r.c)
	MOVQ(g.field(unsafe.Offsetof(abi.Tile{}.Dump)), r.dump)
	eachRow := func(visit func(row, vector int, m Mem)) {
		for row := range g.rows {
			MOVLQSX(Mem{Base: r.rows, Disp: 4 * row}, r.p)
			TESTQ(r.p, r.p)
			LEAQ(Mem{Base: r.c, Index: r.p, Scale: 4}, r.p)
			CMOVQLT(r.dump, r.p)
			for v := range g.vectors {
				visit(row, v, Mem{Base: r.p, Disp: v * g.Bytes()})
			}
		}
	}
	g.addC("store", func(row, v int, m Mem) {
		g.mask.Load(v, m, g.b[0])
		VADDPS(g.b[0], g.at(row, v), g.at(row, v))
	}, eachRow)
	CMPQ(g.field(unsafe.Offsetof(abi.Tile{}.Columns)), Imm(uint64(g.vectors*g.Lanes)))
	JNE(LabelRef("partial"))
	eachRow(func(row, v int, m Mem) { VMOVUPS(g.at(row, v), m) })
	VZEROUPPER()
	RET()
	Label("partial")
	eachRow(func(row, v int, m Mem) { g.mask.Store(v, g.at(row, v), m) })
	VZEROUPPER()
	RET()
}

// addC adds what C holds if the tile asks for it, and sets the label that follows.
func (g *tileGen) addC(
	next string, add func(row, vector int, m Mem), eachRow func(visit func(row, vector int, m Mem)),
) {
	CMPQ(g.field(unsafe.Offsetof(abi.Tile{}.Accumulate)), Imm(0))
	JEQ(LabelRef(next))
	eachRow(add)
	Label(next)
}
