package main

import (
	"github.com/mmcloughlin/avo/build"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

// maximum returns the greatest element of a row, in all lanes.
func maximum(k *Kernel, x, cols Pointer) V {
	least := k.Broadcast(NegativeInfinity)
	totals := k.Several(copies, least)
	k.Loop(cols, copies, func(at At) {
		k.Set(totals[at.Copy], k.Max(totals[at.Copy], k.LoadOr(at.Float(x), least)))
	})
	return k.Spread(k.Fold(build.VMAXPS, k.Tree(totals, k.Max)))
}

// partition returns Σ exp(x - m) of a row, in all lanes, and stores the exponentials if y is given.
func partition(k *Kernel, x, y, cols Pointer, m V) V {
	total := k.Several(1, k.Zero())
	k.Loop(cols, 1, func(at At) {
		e := k.Keep(k.ExpBelow(k.Sub(k.Load(at.Float(x)), m)))
		k.Accumulate(total[0], e)
		if y != nil {
			k.Store(e, at.Float(y))
		}
	})
	return k.Total(total)
}

func writeSoftmax() {
	Function("softmax", "func(y, x []float32, cols int)", Wide, func(k *Kernel) {
		y, x, cols := k.Pointer("y"), k.Pointer("x"), k.Int("cols")
		k.EachRow(x, k.Length("x"), cols, func() {
			sum := partition(k, x, y, cols, maximum(k, x, cols))
			scale := k.Div(k.Broadcast(C(1)), sum)
			k.Loop(cols, copies, func(at At) { k.Store(k.Mul(k.Load(at.Float(y)), scale), at.Float(y)) })
		}, x, y)
	})
}

func writeLogSoftmax() {
	Function("logSoftmax", "func(y, x []float32, cols int)", Wide, func(k *Kernel) {
		y, x, cols := k.Pointer("y"), k.Pointer("x"), k.Int("cols")
		k.EachRow(x, k.Length("x"), cols, func() {
			m := maximum(k, x, cols)
			sum := k.Log(partition(k, x, nil, cols, m))
			k.Loop(cols, copies, func(at At) {
				k.Store(k.Sub(k.Sub(k.Load(at.Float(x)), m), sum), at.Float(y))
			})
		}, x, y)
	})
}

func writeLogSumExp() {
	Function("logSumExp", "func(lse, x []float32, cols int)", Wide, func(k *Kernel) {
		lse, x, cols := k.Pointer("lse"), k.Pointer("x"), k.Int("cols")
		k.EachRow(x, k.Length("x"), cols, func() {
			m := k.Max(maximum(k, x, cols), Lowest)
			k.StoreLane(k.Add(k.Log(partition(k, x, nil, cols, m)), m), First(lse))
			Next(lse)
		}, x)
	})
}

func writeSoftmaxGrad() {
	Function("softmaxGrad", "func(dx, y, dy []float32, cols int)", Wide, func(k *Kernel) {
		dx, y, dy, cols := k.Pointer("dx"), k.Pointer("y"), k.Pointer("dy"), k.Int("cols")
		k.EachRow(y, k.Length("y"), cols, func() {
			totals := k.Several(copies, k.Zero())
			k.Loop(cols, copies, func(at At) { k.MulAdd(totals[at.Copy], k.Load(at.Float(y)), k.Load(at.Float(dy))) })
			dot := k.Total(totals)
			k.Loop(cols, copies, func(at At) {
				k.Store(k.Mul(k.Sub(k.Load(at.Float(dy)), dot), k.Load(at.Float(y))), at.Float(dx))
			})
		}, dx, y, dy)
	})
}

func writeLogSoftmaxGrad() {
	Function("logSoftmaxGrad", "func(dx, y, dy []float32, cols int)", Wide, func(k *Kernel) {
		dx, y, dy, cols := k.Pointer("dx"), k.Pointer("y"), k.Pointer("dy"), k.Int("cols")
		k.EachRow(y, k.Length("y"), cols, func() {
			totals := k.Several(copies, k.Zero())
			k.Loop(cols, copies, func(at At) { k.Accumulate(totals[at.Copy], k.Load(at.Float(dy))) })
			sum := k.Total(totals)
			k.Loop(cols, 1, func(at At) {
				g := k.Load(at.Float(dy))
				k.MulSub(g, k.ExpBelow(k.Load(at.Float(y))), sum)
				k.Store(g, at.Float(dx))
			})
		}, dx, y, dy)
	})
}
