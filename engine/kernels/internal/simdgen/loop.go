package simdgen

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// At is a place in the arrays of a loop.
type At struct {
	index reg.Register
	disp  int // elements beyond index
	Copy  int // number of the unrolled copy: 0 in the loops that are not unrolled
}

// Float is the address of the float32 of this place in the array at p.
func (a At) Float(p reg.Register) operand.Mem {
	return operand.Mem{Base: p, Index: a.index, Scale: 4, Disp: 4 * a.disp}
}

// Byte is the address of the byte of this place in the array at p.
func (a At) Byte(p reg.Register) operand.Mem {
	return operand.Mem{Base: p, Index: a.index, Scale: 1, Disp: a.disp}
}

// Loop runs body over n elements, a vector at a time: first in unrolled copies,
// then vector by vector, then on a masked rest. n is not changed.
func (k *Kernel) Loop(n reg.GPVirtual, unroll int, body func(at At)) {
	i, left := build.GP64(), Copy(n)
	build.XORQ(i, i)
	done := k.Label("done")
	k.whole(i, left, unroll, body)
	build.JEQ(operand.LabelRef(done))
	k.maskTail(left)
	body(At{index: i})
	k.tail = false
	build.Label(done)
}

// LoopWhole is Loop for an n that the number of lanes divides.
func (k *Kernel) LoopWhole(n reg.GPVirtual, unroll int, body func(at At)) {
	i, left := build.GP64(), Copy(n)
	build.XORQ(i, i)
	k.whole(i, left, unroll, body)
}

// whole handles the whole vectors. It leaves the number of elements that are left, and the flags set by it.
func (k *Kernel) whole(i, left reg.GPVirtual, unroll int, body func(at At)) {
	lanes := k.Lanes()
	single, tail := k.Label("single"), k.Label("tail")
	stride := func(copies int, end string) {
		loop := k.Label("loop")
		step := uint32(lanes * copies)
		build.SUBQ(operand.U32(step), left)
		build.JLT(operand.LabelRef(end))
		build.Label(loop)
		for c := range copies {
			body(At{index: i, disp: c * lanes, Copy: c})
		}
		build.ADDQ(operand.U32(step), i)
		build.SUBQ(operand.U32(step), left)
		build.JGE(operand.LabelRef(loop))
		build.Label(end)
		build.ADDQ(operand.U32(step), left)
	}
	if unroll > 1 {
		stride(unroll, single)
	}
	stride(1, tail)
}

// maskTail makes loads and stores touch the first left lanes only.
func (k *Kernel) maskTail(left reg.GPVirtual) {
	k.tail = true
	if k.AVX512 {
		ones := build.GP32()
		build.MOVL(operand.U32(0xffff), ones)
		build.BZHIL(left.As32(), ones, ones)
		k.kmask = build.K()
		build.KMOVW(ones, k.kmask)
		return
	}
	table, offset := build.GP64(), build.GP64()
	build.LEAQ(tailMasks(), table)
	build.MOVQ(left, offset)
	build.NEGQ(offset)
	k.ymask = make([]reg.VecVirtual, k.parts)
	for p := range k.ymask {
		k.ymask[p] = build.YMM()
		build.VMOVUPS(operand.Mem{Base: table, Index: offset, Scale: 4, Disp: 64 + 32*p}, k.ymask[p])
	}
}
