// Command asm generates the loops that measure the peak of the multipliers.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
)

func main() {
	for _, v := range []gen.ISA{gen.AVX512, gen.AVX2} {
		gen.Leaf("multiply"+v.Name, "func(rounds int)",
			"does 12 independent multiply-adds of vectors in each round; rounds is 1 or more.")
		rounds := reg.RAX
		Load(Param("rounds"), rounds)
		for _, r := range v.Regs[:16] {
			gen.Zero(r)
		}
		Label("loop")
		for _, r := range v.Regs[:12] {
			VFMADD231PS(v.Regs[14], v.Regs[15], r)
		}
		DECQ(rounds)
		JNE(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
	Generate()
}
