// Command asm generates the pooling kernels.
//
// All of them visit the pixels of a window, whose distances from its first
// pixel are given in elements, for a number of vectors of channels.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
)

var (
	window, count, vectors = reg.RSI, reg.RDI, reg.R8
	channel, tap, at       = reg.R9, reg.R10, reg.R11 // channel counts bytes
)

// eachVector emits a loop over the vectors of channels.
func eachVector(v gen.ISA, body func()) {
	Load(Param("window"), window)
	Load(Param("count"), count)
	Load(Param("vectors"), vectors)
	XORQ(channel, channel)
	Label("vector")
	body()
	ADDQ(Imm(uint64(v.Bytes())), channel)
	DECQ(vectors)
	JNE(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// eachPixel emits a loop over the pixels of the window that leaves in at the
// distance of the pixel in bytes.
func eachPixel(body func()) {
	XORQ(tap, tap)
	Label("pixel")
	MOVLQSX(Mem{Base: window, Index: tap, Scale: 4}, at)
	SHLQ(Imm(2), at)
	ADDQ(channel, at)
	body()
	INCQ(tap)
	CMPQ(tap, count)
	JLT(LabelRef("pixel"))
}

func indexed(base, index reg.Register) Mem { return Mem{Base: base, Index: index, Scale: 1} }

func maxWindow(v gen.ISA) {
	gen.Leaf("maxWindow"+v.Name, "func(y, x *float32, window *int32, count, vectors int)",
		"writes to y the maxima over a window of x.")
	y, x := reg.RAX, reg.RBX
	Load(Param("y"), y)
	Load(Param("x"), x)
	best, next, mask := v.Regs[0], v.Regs[1], v.Regs[2]
	eachVector(v, func() {
		MOVLQSX(Mem{Base: window}, at)
		SHLQ(Imm(2), at)
		ADDQ(channel, at)
		VMOVUPS(indexed(x, at), best)
		eachPixel(func() {
			VMOVUPS(indexed(x, at), next)
			VMAXPS(best, next, best) // keeps a NaN of best
			if v.Lanes == 16 {
				VCMPPS(Imm(3), next, next, reg.K1)
				VMOVAPS(next, reg.K1, best)
			} else {
				VCMPPS(Imm(3), next, next, mask)
				VBLENDVPS(mask, next, best, best)
			}
		})
		VMOVUPS(best, indexed(y, channel))
	})
}

func maxGradWindow(v gen.ISA) {
	gen.Leaf("maxGradWindow"+v.Name, "func(dx, x, y, dy *float32, window *int32, count, vectors int)",
		"adds dy to dx at the first pixel of the window where x is the maximum y.")
	dx, x, y, dy := reg.RAX, reg.RBX, reg.RCX, reg.RDX
	Load(Param("dx"), dx)
	Load(Param("x"), x)
	Load(Param("y"), y)
	Load(Param("dy"), dy)
	best, left, equal, sum := v.Regs[0], v.Regs[1], v.Regs[2], v.Regs[3]
	eachVector(v, func() {
		VMOVUPS(indexed(y, channel), best)
		VMOVUPS(indexed(dy, channel), left) // becomes 0 where the maximum was found
		if v.Lanes == 16 {
			KXNORW(reg.K1, reg.K1, reg.K1)
		}
		eachPixel(func() {
			if v.Lanes == 16 {
				VCMPPS(Imm(0), indexed(x, at), best, reg.K1, reg.K2)
				VMOVUPS(indexed(dx, at), sum)
				VADDPS(left, sum, reg.K2, sum)
				VMOVUPS(sum, indexed(dx, at))
				KANDNW(reg.K1, reg.K2, reg.K1)
				return
			}
			VCMPPS(Imm(0), indexed(x, at), best, equal)
			VANDPS(left, equal, sum)
			VANDNPS(left, equal, left)
			VADDPS(indexed(dx, at), sum, sum)
			VMOVUPS(sum, indexed(dx, at))
		})
	})
}

func main() {
	for _, v := range []gen.ISA{gen.AVX512, gen.AVX2} {
		maxWindow(v)
		maxGradWindow(v)
	}
	Generate()
}
