// Command asm generates the assembly of package vector and the tables that list it.
package main

import (
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
