package main

import (
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// outer emits a kernel that sums outer products of rows × 16 elements. Where the accumulators leave no registers for
// masks it takes whole rows of 16 columns only.
func outer(v gen.ISA, rows int) {
	vectors := 16 / v.Lanes
	n := rows * vectors
	whole := v.Lanes == 8 && n > 8
	acc, b, free := v.Regs[:n], v.Regs[n:n+vectors], v.Regs[n+vectors:]
	at := func(r, c int) reg.VecPhysical { return acc[r*vectors+c] }
	gen.Leaf(name("outer", v, rows, vectors), "func(o *Outer)",
		"sums outer products of %d rows and %s16 columns.", rows, map[bool]string{true: "", false: "up to "}[whole])
	args, pairs, count, baseA, baseB := reg.R15, reg.RAX, reg.RBX, reg.RCX, reg.RDX
	arg := func(offset uintptr) Mem { return Mem{Base: args, Disp: int(offset)} }
	MOVQ(NewParamAddr("o", 0), args)
	load := func(_ int, from Mem, to reg.VecPhysical) { VMOVUPS(from, to) }
	var m *gen.Masks
	if !whole {
		m = gen.NewMasks(v, vectors, arg(unsafe.Offsetof(abi.Outer{}.Columns)), free[len(free)-vectors:], reg.RSI, reg.RDI)
		load = m.Load
	}
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.Pairs)), pairs)
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.Count)), count)
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.A)), baseA)
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.B)), baseB)
	for _, r := range acc {
		gen.Zero(r)
	}
	if v.Lanes == 8 { // C is often far away, and its rows too far apart for the processor to guess
		c, ldc := reg.RSI, reg.RDI
		MOVQ(arg(unsafe.Offsetof(abi.Outer{}.C)), c)
		MOVQ(arg(unsafe.Offsetof(abi.Outer{}.LDC)), ldc)
		for r := range rows {
			PREFETCHT0(Mem{Base: c})
			if r < rows-1 {
				ADDQ(ldc, c)
			}
		}
	}

	pointers := []reg.GPPhysical{reg.RSI, reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13}
	step := func(u int) {
		pa, pb := pointers[2*u], pointers[2*u+1]
		MOVLQSX(Mem{Base: pairs, Disp: 8 * u}, pa)
		MOVLQSX(Mem{Base: pairs, Disp: 8*u + 4}, pb)
		for c := range vectors {
			load(c, Mem{Base: baseB, Index: pb, Scale: 4, Disp: c * v.Bytes()}, b[c])
		}
		LEAQ(Mem{Base: baseA, Index: pa, Scale: 4}, pa)
		for r := range rows {
			a := Mem{Base: pa, Disp: 4 * r}
			if v.Lanes == 16 {
				v.MultiplyAddBroadcast(a, b[0], at(r, 0))
				continue
			}
			x := free[r%2]
			VBROADCASTSS(a, x)
			for c := range vectors {
				v.MultiplyAdd(x, b[c], at(r, c))
			}
		}
	}
	SUBQ(Imm(unroll), count)
	JLT(LabelRef("rest"))
	Label("loop")
	for u := range unroll {
		step(u)
	}
	ADDQ(Imm(8*unroll), pairs)
	SUBQ(Imm(unroll), count)
	JGE(LabelRef("loop"))
	Label("rest")
	ADDQ(Imm(unroll), count)
	JEQ(LabelRef("store"))
	Label("single")
	step(0)
	ADDQ(Imm(8), pairs)
	DECQ(count)
	JNE(LabelRef("single"))

	Label("store")
	c, ldc := reg.RAX, reg.RBX
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.C)), c)
	MOVQ(arg(unsafe.Offsetof(abi.Outer{}.LDC)), ldc)
	store := func(put func(column int, from reg.VecPhysical, to Mem)) {
		for r := range rows {
			for j := range vectors {
				to := Mem{Base: c, Disp: j * v.Bytes()}
				load(j, to, b[0])
				VADDPS(b[0], at(r, j), at(r, j))
				put(j, at(r, j), to)
			}
			if r < rows-1 {
				ADDQ(ldc, c)
			}
		}
		VZEROUPPER()
		RET()
	}
	if !whole {
		CMPQ(arg(unsafe.Offsetof(abi.Outer{}.Columns)), Imm(16))
		JNE(LabelRef("partial"))
	}
	store(func(_ int, from reg.VecPhysical, to Mem) { VMOVUPS(from, to) })
	if !whole {
		Label("partial")
		store(m.Store)
	}
}
