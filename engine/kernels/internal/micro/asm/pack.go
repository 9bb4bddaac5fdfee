package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
)

// copyRows copies rows of whole vectors, strides in bytes.
func copyRows(v gen.ISA, vectors int) {
	gen.Leaf(fmt.Sprintf("copyRows%d%s", vectors*v.Lanes, v.Name), "func(dst, src *float32, rows, ldd, lds int)",
		"copies rows of %d elements; the strides are in bytes and rows is 1 or more.", vectors*v.Lanes)
	dst, src, rows, ldd, lds := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("rows"), rows)
	Load(Param("ldd"), ldd)
	Load(Param("lds"), lds)
	Label("loop")
	for i := range vectors {
		VMOVUPS(Mem{Base: src, Disp: i * v.Bytes()}, v.Regs[i])
	}
	for i := range vectors {
		VMOVUPS(v.Regs[i], Mem{Base: dst, Disp: i * v.Bytes()})
	}
	ADDQ(lds, src)
	ADDQ(ldd, dst)
	DECQ(rows)
	JNE(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// addTo adds whole vectors.
func addTo(v gen.ISA) {
	const step = 4
	gen.Leaf("addTo"+v.Name, "func(dst, src *float32, n int)",
		"adds n blocks of %d elements of src to dst; n is 1 or more.", step*v.Lanes)
	dst, src, n := reg.RAX, reg.RBX, reg.RCX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	Label("loop")
	for i := range step {
		VMOVUPS(Mem{Base: dst, Disp: i * v.Bytes()}, v.Regs[i])
		VADDPS(Mem{Base: src, Disp: i * v.Bytes()}, v.Regs[i], v.Regs[i])
		VMOVUPS(v.Regs[i], Mem{Base: dst, Disp: i * v.Bytes()})
	}
	ADDQ(I32(int32(step*v.Bytes())), dst)
	ADDQ(I32(int32(step*v.Bytes())), src)
	DECQ(n)
	JNE(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// transpose transposes a square block of lanes × lanes elements.
func transpose(v gen.ISA) {
	gen.Leaf(fmt.Sprintf("transpose%d%s", v.Lanes, v.Name), "func(dst, src *float32, ldd, lds int)",
		"writes the transpose of a block of %dx%d elements; the strides are in bytes.", v.Lanes, v.Lanes)
	dst, src, ldd, lds := reg.RAX, reg.RBX, reg.RCX, reg.RDX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("ldd"), ldd)
	Load(Param("lds"), lds)
	n := v.Lanes
	in, out := v.Regs[:n], v.Regs[n:]
	if v.Lanes == 8 {
		out = v.Regs[8:]
	}
	for i := range n {
		VMOVUPS(Mem{Base: src}, in[i])
		ADDQ(lds, src)
	}
	if v.Lanes == 8 {
		transpose8(in, out)
		in = out
	} else {
		quadruples(in, out)
		for h := 0; h < 16; h += 8 {
			for i := range 4 {
				VSHUFF32X4(Imm(0x88), in[h+i+4], in[h+i], out[h+i])
				VSHUFF32X4(Imm(0xdd), in[h+i+4], in[h+i], out[h+i+4])
			}
		}
		for i := range 8 {
			VSHUFF32X4(Imm(0x88), out[i+8], out[i], in[i])
			VSHUFF32X4(Imm(0xdd), out[i+8], out[i], in[i+8])
		}
	}
	for i := range n {
		VMOVUPS(in[i], Mem{Base: dst})
		ADDQ(ldd, dst)
	}
	VZEROUPPER()
	RET()
}

// packA packs so many rows of A, at most 8: one element of every row, then the next.
func packA(rows int) {
	gen.Leaf(fmt.Sprintf("packA%dAVX2", rows), "func(dst, src *float32, n, lds int)",
		"packs n blocks of 8 columns of %d rows, and writes up to 2 elements more; the stride is in bytes and n is 1 or "+
			"more. It fetches the rows below in advance.", rows)
	dst, src, n, lds, row, below := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	Load(Param("lds"), lds)
	IMUL3Q(Imm(uint64(rows)), lds, below)
	in, out := gen.AVX2.Regs[:8], gen.AVX2.Regs[8:]
	Label("loop")
	MOVQ(src, row)
	for i := range rows {
		VMOVUPS(Mem{Base: row}, in[i])
		PREFETCHT0(Mem{Base: row, Index: below, Scale: 1})
		ADDQ(lds, row)
	}
	for i := rows; i < 8; i++ {
		gen.Zero(in[i])
	}
	transpose8(in, out)
	for i := range 8 {
		VMOVUPS(out[i], Mem{Base: dst, Disp: 4 * rows * i})
	}
	ADDQ(Imm(32), src)
	ADDQ(U32(8*4*rows), dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packTransposedA packs 6 or 8 columns of a transposed A.
func packTransposedA(rows int) {
	gen.Leaf(fmt.Sprintf("packTransposedA%dAVX2", rows), "func(dst, src *float32, n, lds int)",
		"copies n rows of %d elements to rows without gaps; the stride is in bytes and n is 1 or more.", rows)
	dst, src, n, lds := reg.RAX, reg.RBX, reg.RCX, reg.RDX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	Load(Param("lds"), lds)
	Label("loop")
	VMOVUPS(Mem{Base: src}, reg.X0)
	if rows == 8 {
		VMOVUPS(Mem{Base: src, Disp: 16}, reg.X1)
	} else {
		VMOVSD(Mem{Base: src, Disp: 16}, reg.X1)
	}
	VMOVUPS(reg.X0, Mem{Base: dst})
	if rows == 8 {
		VMOVUPS(reg.X1, Mem{Base: dst, Disp: 16})
	} else {
		VMOVSD(reg.X1, Mem{Base: dst, Disp: 16})
	}
	ADDQ(lds, src)
	ADDQ(Imm(uint64(4*rows)), dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	RET()
}

// transpose8 transposes 8 vectors of 8 elements.
func transpose8(in, out []reg.VecPhysical) {
	quadruples(in, out)
	for i := range 4 {
		VPERM2F128(Imm(0x20), in[i+4], in[i], out[i])
		VPERM2F128(Imm(0x31), in[i+4], in[i], out[i+4])
	}
}

// quadruples transposes the blocks of 4 by 4 elements of in; out is spare.
func quadruples(in, out []reg.VecPhysical) {
	for i := 0; i < len(in); i += 2 { // pairs of elements
		VUNPCKLPS(in[i+1], in[i], out[i])
		VUNPCKHPS(in[i+1], in[i], out[i+1])
	}
	for i := 0; i < len(in); i += 4 {
		VUNPCKLPD(out[i+2], out[i], in[i])
		VUNPCKHPD(out[i+2], out[i], in[i+1])
		VUNPCKLPD(out[i+3], out[i+1], in[i+2])
		VUNPCKHPD(out[i+3], out[i+1], in[i+3])
	}
}
