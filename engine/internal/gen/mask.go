package gen

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Masks tells which elements of a row of a few vectors exist.
type Masks struct {
	ISA
	vec []reg.VecPhysical // AVX2: a mask for every vector; AVX-512 uses K1 and K2
}

var opmask = []reg.Register{reg.K1, reg.K2}

// NewMasks emits the preparation of the masks for a row of that many columns,
// in spare vector registers (one a vector) if the instruction set needs them.
func NewMasks(v ISA, vectors int, columns Mem, spare []reg.VecPhysical, x, y reg.GPPhysical) *Masks {
	m := &Masks{ISA: v}
	MOVQ(columns, x)
	if v.Lanes == 16 {
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
		VMOVDQU(Mem{Base: y, Disp: i * v.Bytes()}, m.vec[i])
	}
	return m
}

// Load reads the existing elements of one vector; the others become 0.
func (m *Masks) Load(vector int, from Mem, to reg.VecPhysical) {
	if m.Lanes == 16 {
		VMOVUPS_Z(from, opmask[vector], to)
		return
	}
	VMASKMOVPS(from, m.vec[vector], to)
}

// Store writes the existing elements of one vector.
func (m *Masks) Store(vector int, from reg.VecPhysical, to Mem) {
	if m.Lanes == 16 {
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
