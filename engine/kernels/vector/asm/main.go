// Command asm generates the assembly of package vector and the tables that list it.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

const (
	light = 4 // copies of a body that is a few instructions
	heavy = 1 // copies of a body long enough to hide its latency behind the next turn
)

func main() {
	for _, f := range unary {
		f.write()
	}
	for _, f := range binary {
		f.write()
	}
	for _, f := range compare {
		f.write()
	}
	writeSelect()
	writeFetch()
	Generate()
	writeTables()
}

func (f unaryFunc) write() {
	Function("unary"+f.name, "func(dst, x []float32)", Native, func(k *Kernel) {
		dst, x, n := k.Pointer("dst"), k.Pointer("x"), k.Length("dst")
		k.Loop(n, f.copies, func(at At) { k.Store(f.body(k, k.Load(at.Float(x))), at.Float(dst)) })
	})
}

func (f binaryFunc) write() {
	Function("binary"+f.name, "func(dst, a, b []float32)", Native, func(k *Kernel) {
		dst, a, b, n := k.Pointer("dst"), k.Pointer("a"), k.Pointer("b"), k.Length("dst")
		k.Loop(n, f.copies, func(at At) {
			k.Store(f.body(k, k.Load(at.Float(a)), k.Load(at.Float(b))), at.Float(dst))
		})
	})
	Function("scalar"+f.name, "func(dst, a []float32, s float32)", Native, func(k *Kernel) {
		dst, a, n, s := k.Pointer("dst"), k.Pointer("a"), k.Length("dst"), k.Scalar("s")
		k.Loop(n, f.copies, func(at At) { k.Store(f.body(k, k.Load(at.Float(a)), s), at.Float(dst)) })
	})
}

func (f compareFunc) write() {
	Function("compare"+f.name, "func(dst []bool, a, b []float32)", Wide, func(k *Kernel) {
		dst, a, b, n := k.Pointer("dst"), k.Pointer("a"), k.Pointer("b"), k.Length("dst")
		k.LoopWhole(n, 2, func(at At) {
			k.StoreBool(k.Compare(f.predicate, k.Load(at.Float(a)), k.Load(at.Float(b))), at.Byte(dst))
		})
	})
	Function("compareScalar"+f.name, "func(dst []bool, a []float32, s float32)", Wide, func(k *Kernel) {
		dst, a, n, s := k.Pointer("dst"), k.Pointer("a"), k.Length("dst"), k.Scalar("s")
		k.LoopWhole(n, 2, func(at At) {
			k.StoreBool(k.Compare(f.predicate, k.Load(at.Float(a)), s), at.Byte(dst))
		})
	})
}

func writeSelect() {
	Function("selection", "func(dst []float32, mask []bool, a, b []float32)", Wide, func(k *Kernel) {
		dst, mask, a, b, n := k.Pointer("dst"), k.Pointer("mask"), k.Pointer("a"), k.Pointer("b"), k.Length("dst")
		k.LoopWhole(n, 1, func(at At) {
			k.Store(k.Select(k.LoadBool(at.Byte(mask)), k.Load(at.Float(a)), k.Load(at.Float(b))), at.Float(dst))
		})
	})
	scalar := func(name string, choose func(k *Kernel, m Mask, x, s V) V) {
		Function(name, "func(dst []float32, mask []bool, x []float32, s float32)", Wide, func(k *Kernel) {
			dst, mask, x, n, s := k.Pointer("dst"), k.Pointer("mask"), k.Pointer("x"), k.Length("dst"), k.Scalar("s")
			k.LoopWhole(n, 1, func(at At) {
				k.Store(choose(k, k.LoadBool(at.Byte(mask)), k.Load(at.Float(x)), s), at.Float(dst))
			})
		})
	}
	scalar("selectScalar", func(k *Kernel, m Mask, x, s V) V { return k.Select(m, x, s) })
	scalar("selectScalarLeft", func(k *Kernel, m Mask, x, s V) V { return k.Select(m, s, x) })
}

// writeFetch writes a function that asks for memory to be brought into the second-level cache. It is the same for all
// tiers.
func writeFetch() {
	const line = 64
	build.TEXT("prefetch", attr.NOSPLIT, "func(x []float32)")
	build.Pragma("noescape")
	x, left := build.Load(build.Param("x").Base(), build.GP64()), build.Load(build.Param("x").Len(), build.GP64())
	build.SHLQ(operand.Imm(2), left)
	build.JEQ(operand.LabelRef("done"))
	build.Label("line")
	build.PREFETCHT1(operand.Mem{Base: x})
	build.ADDQ(operand.Imm(line), x)
	build.SUBQ(operand.Imm(line), left)
	build.JGT(operand.LabelRef("line"))
	build.Label("done")
	build.RET()
}
