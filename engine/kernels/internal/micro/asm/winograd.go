package main

import (
	"math"
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// lineTransform is a Winograd transform of one line: from the vectors d it
// emits its results, one at a time. The matrices are those of Lavin and Gray,
// Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308, section 4.
type lineTransform struct {
	name    string
	in, out int
	factors []float64
	// emit uses the registers t; k holds the factors.
	emit func(d, t, k []reg.VecPhysical, result func(i int, v reg.VecPhysical))
}

var lineTransforms = []lineTransform{
	{"2Input", 4, 4, nil, func(d, t, _ []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		VSUBPS(d[2], d[0], t[0])
		result(0, t[0])
		VADDPS(d[2], d[1], t[1])
		result(1, t[1])
		VSUBPS(d[1], d[2], t[2])
		result(2, t[2])
		VSUBPS(d[3], d[1], t[3])
		result(3, t[3])
	}},
	{"2Output", 4, 2, nil, func(d, t, _ []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		VADDPS(d[1], d[0], t[0])
		VADDPS(d[2], t[0], t[0])
		result(0, t[0])
		VSUBPS(d[2], d[1], t[1])
		VSUBPS(d[3], t[1], t[1])
		result(1, t[1])
	}},
	{"2Kernel", 3, 4, []float64{0.5}, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		result(0, d[0])
		VADDPS(d[2], d[0], t[0])
		VADDPS(d[1], t[0], t[1])
		VMULPS(k[0], t[1], t[1])
		result(1, t[1])
		VSUBPS(d[1], t[0], t[2])
		VMULPS(k[0], t[2], t[2])
		result(2, t[2])
		result(3, d[2])
	}},
	{"4Input", 6, 6, []float64{4, 5, 2}, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		four, five, two := k[0], k[1], k[2]
		VFNMADD213PS(d[4], four, copyOf(d[2], t[0])) // d4 - 4·d2
		VFNMADD213PS(d[3], four, copyOf(d[1], t[1])) // d3 - 4·d1
		VADDPS(t[1], t[0], t[4])
		result(1, t[4])
		VSUBPS(t[1], t[0], t[0])
		result(2, t[0])
		VSUBPS(d[2], d[4], t[2])
		VSUBPS(d[1], d[3], t[3])
		VFMADD213PS(t[2], two, copyOf(t[3], t[1]))
		result(3, t[1])
		VFNMADD213PS(t[2], two, t[3])
		result(4, t[3])
		VFMADD213PS(d[4], four, d[0])
		VFNMADD231PS(d[2], five, d[0])
		result(0, d[0])
		VFMADD231PS(d[1], four, d[5])
		VFNMADD231PS(d[3], five, d[5])
		result(5, d[5])
	}},
	{"4Output", 6, 4, []float64{2, 4, 8}, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		two, four, eight := k[0], k[1], k[2]
		VADDPS(d[2], d[1], t[0])
		VSUBPS(d[2], d[1], t[1])
		VADDPS(d[4], d[3], t[2])
		VSUBPS(d[4], d[3], t[3])
		VADDPS(t[0], d[0], d[0])
		VADDPS(t[2], d[0], d[0])
		result(0, d[0])
		VFMADD213PS(t[1], two, copyOf(t[3], t[4]))
		result(1, t[4])
		VFMADD231PS(t[2], four, t[0])
		result(2, t[0])
		VADDPS(d[5], t[1], t[1])
		VFMADD231PS(t[3], eight, t[1])
		result(3, t[1])
	}},
	{"4Kernel", 3, 6, []float64{1. / 4, -1. / 6, 1. / 24, 1. / 12, 1. / 6},
		func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
			VMULPS(k[0], d[0], t[0])
			result(0, t[0])
			VADDPS(d[2], d[0], t[1])
			VADDPS(d[1], t[1], t[2])
			VMULPS(k[1], t[2], t[2])
			result(1, t[2])
			VSUBPS(d[1], t[1], t[1])
			VMULPS(k[1], t[1], t[1])
			result(2, t[1])
			VMULPS(k[2], d[0], t[3])
			VFMADD231PS(d[2], k[4], t[3])
			VFMADD231PS(d[1], k[3], copyOf(t[3], t[4]))
			result(3, t[4])
			VFNMADD231PS(d[1], k[3], t[3])
			result(4, t[3])
			result(5, d[2])
		}},
	{"2Gradient", 2, 4, nil, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		result(0, d[0])
		VADDPS(d[1], d[0], t[0])
		result(1, t[0])
		VSUBPS(d[1], d[0], t[1])
		result(2, t[1])
		gen.Zero(t[2])
		VSUBPS(d[1], t[2], t[2])
		result(3, t[2])
	}},
	{"2WeightGradient", 4, 3, []float64{0.5}, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		half := k[0]
		VADDPS(d[2], d[1], t[0])
		VSUBPS(d[2], d[1], t[1])
		VFMADD231PS(t[0], half, d[0])
		result(0, d[0])
		VMULPS(half, t[1], t[1])
		result(1, t[1])
		VFMADD231PS(t[0], half, d[3])
		result(2, d[3])
	}},
	{"4Gradient", 4, 6, []float64{2, 4, 8}, func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
		two, four, eight := k[0], k[1], k[2]
		result(0, d[0])
		VADDPS(d[2], d[0], t[0])
		VADDPS(d[3], d[1], t[1])
		VADDPS(t[1], t[0], t[2])
		result(1, t[2])
		VSUBPS(t[1], t[0], t[0])
		result(2, t[0])
		VFMADD231PS(d[2], four, d[0])
		VMULPS(two, d[1], d[1])
		VFMADD231PS(d[3], eight, d[1])
		VADDPS(d[1], d[0], t[3])
		result(3, t[3])
		VSUBPS(d[1], d[0], t[4])
		result(4, t[4])
		result(5, d[3])
	}},
	{"4WeightGradient", 6, 3, []float64{1. / 4, 1. / 6, 1. / 24, 1. / 12},
		func(d, t, k []reg.VecPhysical, result func(int, reg.VecPhysical)) {
			quarter, sixth, f24, f12 := k[0], k[1], k[2], k[3]
			VADDPS(d[2], d[1], t[0])
			VSUBPS(d[1], d[2], t[1])
			VADDPS(d[4], d[3], t[2])
			VSUBPS(d[4], d[3], t[3])
			VMULPS(quarter, d[0], d[0])
			VFNMADD231PS(t[0], sixth, d[0])
			VFMADD231PS(t[2], f24, d[0])
			result(0, d[0])
			VMULPS(sixth, t[1], t[1])
			VFMADD231PS(t[3], f12, t[1])
			result(1, t[1])
			VSUBPS(t[0], t[2], t[2])
			VFMADD231PS(t[2], sixth, d[5])
			result(2, d[5])
		}},
}

// copyOf copies a register and returns the copy.
func copyOf(from, to reg.VecPhysical) reg.VecPhysical {
	VMOVAPS(from, to)
	return to
}

// winograd emits a transform of blocks: first their columns, then their rows. Results that are streamed go past the
// caches.
func winograd(v gen.ISA, l lineTransform, streamed bool) {
	name, comment, store := "winograd"+l.name, "transforms blocks of %dx%d vectors to %dx%d.", VMOVUPS
	if streamed {
		name, comment = name+"Stream", comment+" The results go past the caches; they are aligned to vectors."
		store = func(ops ...Op) { VMOVNTPS(ops[0], ops[1]) }
	}
	gen.Leaf(name+v.Name, "func(t *Transform)", comment, l.in, l.in, l.out, l.out)
	args := reg.R15
	arg := func(offset uintptr) Mem { return Mem{Base: args, Disp: int(offset)} }
	src, dst, tmp, p, q := reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI
	srcRow, srcCol, dstRow, dstCol, count := reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11
	srcStep, dstStep := reg.R12, reg.R13
	MOVQ(NewParamAddr("t", 0), args)
	for _, load := range []struct {
		offset uintptr
		to     reg.Register
	}{
		{unsafe.Offsetof(abi.Transform{}.Src), src}, {unsafe.Offsetof(abi.Transform{}.Dst), dst},
		{unsafe.Offsetof(abi.Transform{}.Tmp), tmp}, {unsafe.Offsetof(abi.Transform{}.Count), count},
		{unsafe.Offsetof(abi.Transform{}.SrcRow), srcRow}, {unsafe.Offsetof(abi.Transform{}.SrcCol), srcCol},
		{unsafe.Offsetof(abi.Transform{}.DstRow), dstRow}, {unsafe.Offsetof(abi.Transform{}.DstCol), dstCol},
		{unsafe.Offsetof(abi.Transform{}.SrcStep), srcStep}, {unsafe.Offsetof(abi.Transform{}.DstStep), dstStep},
	} {
		MOVQ(arg(load.offset), load.to)
	}
	d, t, k := v.Regs[:6], v.Regs[6:11], v.Regs[11:16]
	for i, factor := range l.factors {
		MOVL(U32(math.Float32bits(float32(factor))), p.As32())
		VMOVD(p.As32(), k[i].AsX())
		VBROADCASTSS(k[i].AsX(), k[i])
	}

	Label("block")
	MOVQ(src, q)
	for j := range l.in {
		MOVQ(q, p)
		for i := range l.in {
			VMOVUPS(Mem{Base: p}, d[i])
			if i < l.in-1 {
				ADDQ(srcRow, p)
			}
		}
		if j < l.in-1 {
			ADDQ(srcCol, q)
		}
		l.emit(d, t, k, func(i int, r reg.VecPhysical) {
			VMOVUPS(r, Mem{Base: tmp, Disp: (i*l.in + j) * v.Bytes()})
		})
	}
	MOVQ(dst, q)
	for i := range l.out {
		MOVQ(q, p)
		for j := range l.in {
			VMOVUPS(Mem{Base: tmp, Disp: (i*l.in + j) * v.Bytes()}, d[j])
		}
		// Results come in any order: keep the distance to each.
		at := 0
		l.emit(d, t, k, func(j int, r reg.VecPhysical) {
			for ; at < j; at++ {
				ADDQ(dstCol, p)
			}
			for ; at > j; at-- {
				SUBQ(dstCol, p)
			}
			store(r, Mem{Base: p})
		})
		if i < l.out-1 {
			ADDQ(dstRow, q)
		}
	}
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(count)
	JNE(LabelRef("block"))
	if streamed {
		SFENCE()
	}
	VZEROUPPER()
	RET()
}
