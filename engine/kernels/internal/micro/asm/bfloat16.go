package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
)

// pairColumns emits the rounding of rows whose neighboring columns become pairs.
func pairColumns() {
	gen.Leaf("pairColumnsAVX512BF16", "func(dst, src *float32, rows, cols, ldd, lds int)",
		"rounds rows of cols elements to bfloat16, in pairs; an odd last one is paired with 0. The strides are in bytes; "+
			"rows and cols are 1 or more.")
	const step = 32
	dst, src, rows, ldd, lds, rest, blocks := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI, reg.R8
	to, from, left, mask := reg.R9, reg.R10, reg.R11, reg.R12
	low, high, pairs := reg.Z0, reg.Z1, reg.Z2
	maskLow, maskHigh, maskPairs := reg.K1, reg.K2, reg.K3
	loadMatrices(dst, src, rows, ldd, lds)
	Load(Param("cols"), rest)
	MOVQ(rest, blocks)
	SHRQ(Imm(5), blocks)
	ANDQ(Imm(step-1), rest)
	firstBits(rest, mask)
	KMOVW(mask.As32(), maskLow)
	SHRQ(Imm(16), mask)
	KMOVW(mask.As32(), maskHigh)
	LEAQ(Mem{Base: rest, Disp: 1}, left)
	SHRQ(Imm(1), left)
	firstBits(left, mask)
	KMOVW(mask.As32(), maskPairs)

	Label("row")
	MOVQ(dst, to)
	MOVQ(src, from)
	MOVQ(blocks, left)
	TESTQ(left, left)
	JEQ(LabelRef("rest"))
	Label("loop")
	VMOVUPS(Mem{Base: from}, low)
	VMOVUPS(Mem{Base: from, Disp: 64}, high)
	gen.VCVTNE2PS2BF16(low, high, pairs)
	VMOVUPS(pairs, Mem{Base: to})
	ADDQ(Imm(4*step), from)
	ADDQ(Imm(2*step), to)
	DECQ(left)
	JNE(LabelRef("loop"))
	Label("rest")
	TESTQ(rest, rest)
	JEQ(LabelRef("next"))
	VMOVUPS_Z(Mem{Base: from}, maskLow, low)
	VMOVUPS_Z(Mem{Base: from, Disp: 64}, maskHigh, high)
	gen.VCVTNE2PS2BF16(low, high, pairs)
	VMOVUPS(pairs, maskPairs, Mem{Base: to})
	Label("next")
	ADDQ(ldd, dst)
	ADDQ(lds, src)
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// sourceKind is the type of the elements that pairRows reads.
type sourceKind struct {
	name, elements string
	size           int
}

var (
	fromFloat32  = sourceKind{"pairRowsAVX512BF16", "*float32", 4}
	fromBFloat16 = sourceKind{"pairRowsOfBFloat16AVX512BF16", "*uint16", 2}
)

// pairRows emits the pairing of the elements of neighboring rows.
func pairRows(kind sourceKind) {
	gen.Leaf(kind.name, "func(dst *float32, src "+kind.elements+", rows, cols, ldd, lds int)",
		"makes one row of pairs of bfloat16 of every two rows of cols elements, which it rounds if they are float32; an "+
			"odd last row is paired with 0. The strides are in bytes; rows and cols are 1 or more.")
	const step = 16
	dst, src, rows, ldd, lds, rest, blocks := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI, reg.R8
	to, from, left, mask, second := reg.R9, reg.R10, reg.R11, reg.R12, reg.R13
	x, y, pairs, order := reg.Z0, reg.Z1, reg.Z2, reg.Z3
	maskX, maskY, wholeY := reg.K1, reg.K2, reg.K3
	loadMatrices(dst, src, rows, ldd, lds)
	Load(Param("cols"), rest)
	MOVQ(rest, blocks)
	SHRQ(Imm(4), blocks)
	ANDQ(Imm(step-1), rest)
	firstBits(rest, mask)
	KMOVW(mask.As32(), maskX)
	KMOVW(mask.As32(), maskY)
	KXNORW(wholeY, wholeY, wholeY)
	if kind == fromFloat32 {
		VMOVDQU64(pairOrder(), order)
	}

	pair := func(load func(), store func()) {
		load()
		if kind == fromFloat32 {
			gen.VCVTNE2PS2BF16(x, y, pairs)
			VPERMW(pairs, order, pairs)
		} else {
			VPSLLD(Imm(16), y, y)
			VPORD(x, y, pairs)
		}
		store()
	}
	masked := func(m Mem, k reg.Register, to reg.VecPhysical) {
		if kind == fromFloat32 {
			VMOVUPS_Z(m, k, to)
		} else {
			VPMOVZXWD_Z(m, k, to)
		}
	}
	Label("row")
	CMPQ(rows, Imm(1))
	JNE(LabelRef("begin"))
	KXORW(maskY, maskY, maskY)
	KXORW(wholeY, wholeY, wholeY)
	Label("begin")
	MOVQ(dst, to)
	MOVQ(src, from)
	LEAQ(Mem{Base: src, Index: lds, Scale: 1}, second)
	MOVQ(blocks, left)
	TESTQ(left, left)
	JEQ(LabelRef("rest"))
	Label("loop")
	pair(func() {
		if kind == fromFloat32 {
			VMOVUPS(Mem{Base: from}, x)
		} else {
			VPMOVZXWD(Mem{Base: from}, x)
		}
		masked(Mem{Base: second}, wholeY, y)
	}, func() { VMOVUPS(pairs, Mem{Base: to}) })
	ADDQ(Imm(uint64(step*kind.size)), from)
	ADDQ(Imm(uint64(step*kind.size)), second)
	ADDQ(Imm(4*step), to)
	DECQ(left)
	JNE(LabelRef("loop"))
	Label("rest")
	TESTQ(rest, rest)
	JEQ(LabelRef("next"))
	pair(func() {
		masked(Mem{Base: from}, maskX, x)
		masked(Mem{Base: second}, maskY, y)
	}, func() { VMOVUPS(pairs, maskX, Mem{Base: to}) })
	Label("next")
	ADDQ(ldd, dst)
	LEAQ(Mem{Base: src, Index: lds, Scale: 2}, src)
	SUBQ(Imm(2), rows)
	JGT(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// loadMatrices loads the parameters that the kernels have in common.
func loadMatrices(dst, src, rows, ldd, lds reg.GPPhysical) {
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("rows"), rows)
	Load(Param("ldd"), ldd)
	Load(Param("lds"), lds)
}

// firstBits sets the first n bits of mask, which are fewer than 64.
func firstBits(n, mask reg.GPPhysical) {
	MOVQ(I32(-1), mask)
	SHLXQ(n, mask, mask)
	NOTQ(mask)
}

// pairOrder returns the order of 16-bit elements that brings the two halves of a register together: 0, 16, 1, 17, …
func pairOrder() Mem {
	m := GLOBL("pairOrder", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(i|(16+i)<<16))
	}
	return m
}
