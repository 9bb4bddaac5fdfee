package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

// copies is the number of running maxima of a row.
const copies = 4

// eachRow runs body for len(lse) rows of ld elements.
func eachRow(k *Kernel, body func(), pointers ...Pointer) {
	ld, rows := Bytes(k.Int("ld")), k.Length("lse")
	loop, done := k.Label("row"), k.Label("rows")
	build.TESTQ(rows, rows)
	build.JEQ(operand.LabelRef(done))
	build.Label(loop)
	body()
	for _, p := range pointers {
		build.ADDQ(ld, p)
	}
	build.DECQ(rows)
	build.JNE(operand.LabelRef(loop))
	build.Label(done)
}

// writeSoftmax writes the step between the two products of the forward pass: s becomes exp(scale s - maximum),
// inverse 1/Σ, or 0 for a row that is -Inf throughout, and lse the log of the partition sum.
func writeSoftmax() {
	Function("softmaxRows", "func(s, lse, inverse []float32, cols, ld int, scale float32)", Wide, func(k *Kernel) {
		s, lse, inverse, cols := k.Pointer("s"), k.Pointer("lse"), k.Pointer("inverse"), k.Int("cols")
		eachRow(k, func() {
			maximum := greatest(k, s, cols)
			sum := k.Zero()
			scale := k.Scalar("scale")
			k.Loop(cols, 1, func(at At) {
				x := k.Load(at.Float(s))
				k.StepSub(x, scale, maximum)
				e := k.Keep(k.ExpBelow(x))
				k.Accumulate(sum, e)
				k.Store(e, at.Float(s))
			})
			total := k.Total([]V{sum})
			reciprocal := k.Div(k.Broadcast(C(1)), total)
			k.StoreLane(k.Where(k.Compare(NotEqual, total, C(0)), reciprocal), First(inverse))
			k.StoreLane(k.Add(k.Log(total), maximum), First(lse))
			Next(lse, inverse)
		}, s)
	})
}

// greatest returns the maximum of scale s over a row, in all lanes, and the least finite number at least.
func greatest(k *Kernel, s, cols Pointer) V {
	scale, least := k.Scalar("scale"), k.Broadcast(NegativeInfinity)
	maxima := k.Several(copies, least)
	k.Loop(cols, copies, func(at At) {
		x := k.LoadOr(at.Float(s), least)
		k.Set(maxima[at.Copy], k.Max(maxima[at.Copy], k.Mul(x, scale)))
	})
	m := k.BroadcastLane0(k.Fold(build.VMAXPS, k.Tree(maxima, k.Max)))
	return k.Max(m, Lowest)
}

// writeGradient writes the step between the products of the gradient: s becomes p = exp(scale s - lse), and
// dp becomes p (dp - delta) factor.
func writeGradient() {
	signature := "func(s, dp, lse, delta []float32, cols, ld int, scale, factor float32)"
	Function("gradientRows", signature, Wide, func(k *Kernel) {
		s, dp, lse, delta, cols := k.Pointer("s"), k.Pointer("dp"), k.Pointer("lse"), k.Pointer("delta"), k.Int("cols")
		eachRow(k, func() {
			l, d := k.BroadcastMem(First(lse)), k.BroadcastMem(First(delta))
			// A row that sees no key: exp(-Inf - Inf) is 0, exp(-Inf + Inf) would be NaN.
			l = k.Select(k.Compare(Equal, l, NegativeInfinity), Infinity, l)
			scale, factor := k.Scalar("scale"), k.Scalar("factor")
			k.Loop(cols, 1, func(at At) {
				x := k.Load(at.Float(s))
				k.StepSub(x, scale, l)
				p := k.ExpBelow(x)
				k.Store(p, at.Float(s))
				g := k.Mul(k.Sub(k.Load(at.Float(dp)), d), factor)
				k.Store(k.Mul(g, p), at.Float(dp))
			})
			Next(lse, delta)
		}, s, dp)
	})
}
