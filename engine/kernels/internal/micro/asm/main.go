// Command asm generates the assembly kernels of package micro.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a vector instruction set.
type isa struct {
	name  string
	lanes int               // float32 in a register
	regs  []reg.VecPhysical // all vector registers
}

var (
	avx512 = isa{"AVX512", 16, []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
	avx2 = isa{"AVX2", 8, []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
)

func (v isa) bytes() int { return 4 * v.lanes }

// general lists the general registers: all but SP. BP is saved by the
// assembler in functions with a frame.
var general = []reg.GPPhysical{
	reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI, reg.RBP,
	reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15,
}

// zero clears a vector register.
func zero(r reg.VecPhysical) { VXORPS(r, r, r) }

func name(kind string, v isa, rows, vectors int) string {
	return fmt.Sprintf("%s%dx%d%s", kind, rows, vectors*v.lanes, v.name)
}

func main() {
	Package("github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi")
	for _, vectors := range []int{2, 1} {
		tile(avx512, 8, vectors, false)
		tile(avx512, 8, vectors, true)
		tile(avx2, 6, vectors, false)
	}
	for _, rows := range []int{16, 8, 4, 2, 1} {
		outer(avx512, rows)
		if rows <= 4 {
			outer(avx2, rows)
		}
	}
	for _, v := range []isa{avx512, avx2} {
		for vectors := 1; vectors*v.lanes <= 32; vectors *= 2 {
			copyRows(v, vectors)
		}
		transpose(v)
		addTo(v)
		for _, l := range lineTransforms {
			winograd(v, l)
		}
		finish(v)
	}
	Generate()
}
