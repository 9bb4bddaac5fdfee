package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// masks tells which elements of a row of a few vectors exist.
type masks struct {
	isa
	vec []reg.VecPhysical // AVX2: a mask for every vector; AVX-512 uses K1 and K2
}

var opmask = []reg.Register{reg.K1, reg.K2}

// newMasks emits the preparation of the masks for a row of that many columns,
// in spare vector registers (one a vector) if the instruction set needs them.
func newMasks(v isa, vectors int, columns Mem, spare []reg.VecPhysical, x, y reg.GPPhysical) *masks {
	m := &masks{isa: v}
	MOVQ(columns, x)
	if v.lanes == 16 {
		MOVQ(I32(-1), y)
		SHLXQ(x, y, y)
		NOTQ(y)
		KMOVW(y.As32(), reg.K1)
		SHRQ(Imm(16), y)
		KMOVW(y.As32(), reg.K2)
		return m
	}
	// The window, in a table of ones followed by zeros, that begins with so many ones.
	LEAQ(columnMask(), y)
	NEGQ(x)
	LEAQ(Mem{Base: y, Index: x, Scale: 4, Disp: 4 * maskOnes}, y)
	m.vec = spare[:vectors]
	for i := range m.vec {
		VMOVDQU(Mem{Base: y, Disp: i * v.bytes()}, m.vec[i])
	}
	return m
}

// load reads the existing elements of one vector; the others become 0.
func (m *masks) load(vector int, from Mem, to reg.VecPhysical) {
	if m.lanes == 16 {
		VMOVUPS_Z(from, opmask[vector], to)
		return
	}
	VMASKMOVPS(from, m.vec[vector], to)
}

// store writes the existing elements of one vector.
func (m *masks) store(vector int, from reg.VecPhysical, to Mem) {
	if m.lanes == 16 {
		VMOVUPS(from, opmask[vector], to)
		return
	}
	VMASKMOVPS(from, m.vec[vector], to)
}

// maskOnes is how many ones, and how many zeros after them, the mask table has.
const maskOnes = 16

var maskTable *Mem

// columnMask returns the table from which AVX2 kernels read their masks.
func columnMask() Mem {
	if maskTable == nil {
		m := GLOBL("columnMask", RODATA|NOPTR)
		for i := range 2 * maskOnes {
			ones := uint32(0)
			if i < maskOnes {
				ones = ^ones
			}
			DATA(4*i, U32(ones))
		}
		maskTable = &m
	}
	return *maskTable
}
