// Package gen is what the generators of assembly kernels share.
package gen

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// ISA is a vector instruction set.
type ISA struct {
	Name  string            // suffix of its kernels
	Lanes int               // float32 in a register
	Regs  []reg.VecPhysical // all vector registers
	Pairs bool              // MultiplyAdd takes lanes for pairs of bfloat16
}

// The instruction sets that have kernels.
var (
	AVX512 = ISA{Name: "AVX512", Lanes: 16, Regs: []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
	AVX2 = ISA{Name: "AVX2", Lanes: 8, Regs: []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
	AVX512BF16 = ISA{Name: "AVX512BF16", Lanes: 16, Regs: AVX512.Regs, Pairs: true}
)

// Bytes returns the size of a vector.
func (v ISA) Bytes() int { return 4 * v.Lanes }

// MultiplyAdd adds to every lane of acc the product of the lanes of x and y, or the sum of the two products of a pair.
func (v ISA) MultiplyAdd(x, y, acc reg.VecPhysical) {
	if v.Pairs {
		VDPBF16PS(x, y, acc)
		return
	}
	VFMADD231PS(x, y, acc)
}

// MultiplyAddBroadcast is MultiplyAdd with one lane in memory for all; AVX2 has no such instruction.
func (v ISA) MultiplyAddBroadcast(m Mem, y, acc reg.VecPhysical) {
	if v.Pairs {
		VDPBF16PS_BCST(m, y, acc)
		return
	}
	VFMADD231PS_BCST(m, y, acc)
}

// General lists the general registers: all but SP. BP is saved by the
// assembler in functions with a frame.
var General = []reg.GPPhysical{
	reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI, reg.RBP,
	reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15,
}

// Zero clears a vector register.
func Zero(r reg.VecPhysical) { VXORPS(r, r, r) }

// Leaf begins a leaf function that keeps no pointer. The comment goes on
// after the name.
func Leaf(name, signature, comment string, args ...any) {
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + fmt.Sprintf(comment, args...))
	Pragma("noescape")
}
