package main

import (
	"fmt"
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// dot emits the depthwise kernel: four vectors at a time, then one.
func dot(v gen.ISA) {
	gen.Leaf("dot"+v.Name, "func(d *Dot)", "sums products of pairs of pixels channel by channel.")
	args, y, w, x, left, channel := reg.R15, reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI // channel counts bytes
	pair, count, pw, px := reg.RDI, reg.R8, reg.R9, reg.R10
	arg := func(offset uintptr) Mem { return Mem{Base: args, Disp: int(offset)} }
	MOVQ(NewParamAddr("d", 0), args)
	MOVQ(arg(unsafe.Offsetof(abi.Dot{}.Y)), y)
	MOVQ(arg(unsafe.Offsetof(abi.Dot{}.W)), w)
	MOVQ(arg(unsafe.Offsetof(abi.Dot{}.X)), x)
	MOVQ(arg(unsafe.Offsetof(abi.Dot{}.Vectors)), left)
	XORQ(channel, channel)
	for _, vectors := range []int{4, 1} {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, vectors) }
		acc := v.Regs[:vectors]
		part := func(base reg.Register, i int) Mem {
			return Mem{Base: base, Index: channel, Scale: 1, Disp: i * v.Bytes()}
		}
		Label(label("vectors"))
		CMPQ(left, Imm(uint64(vectors)))
		JLT(LabelRef(label("less")))
		for _, r := range acc {
			gen.Zero(r)
		}
		CMPQ(arg(unsafe.Offsetof(abi.Dot{}.Overwrite)), Imm(0))
		JNE(LabelRef(label("begin")))
		for i, r := range acc {
			VMOVUPS(part(y, i), r)
		}
		Label(label("begin"))
		MOVQ(arg(unsafe.Offsetof(abi.Dot{}.Pairs)), pair)
		MOVQ(arg(unsafe.Offsetof(abi.Dot{}.Count)), count)
		Label(label("pair"))
		MOVLQSX(Mem{Base: pair}, pw)
		MOVLQSX(Mem{Base: pair, Disp: 4}, px)
		LEAQ(Mem{Base: w, Index: pw, Scale: 4}, pw)
		LEAQ(Mem{Base: x, Index: px, Scale: 4}, px)
		for i, r := range acc {
			VMOVUPS(part(pw, i), v.Regs[8+i])
			VFMADD231PS(part(px, i), v.Regs[8+i], r)
		}
		ADDQ(Imm(8), pair)
		DECQ(count)
		JNE(LabelRef(label("pair")))
		for i, r := range acc {
			VMOVUPS(r, part(y, i))
		}
		ADDQ(I32(int32(vectors*v.Bytes())), channel)
		SUBQ(Imm(uint64(vectors)), left)
		JMP(LabelRef(label("vectors")))
		Label(label("less"))
	}
	VZEROUPPER()
	RET()
}
