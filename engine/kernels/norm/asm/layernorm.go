package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

// copies is the number of running totals of a row.
const copies = 4

func writeLayerNorm() {
	Function("layerNorm", "func(y, mean, rstd, x, gamma, beta []float32, epsilon float32)", Wide, func(k *Kernel) {
		y, mean, rstd, x := k.Pointer("y"), k.Pointer("mean"), k.Pointer("rstd"), k.Pointer("x")
		gamma, beta, cols := k.Pointer("gamma"), k.Pointer("beta"), k.Length("gamma")
		k.EachRow(x, k.Length("x"), cols, func() {
			totals := k.Several(copies, k.Zero())
			k.Loop(cols, copies, func(at At) { k.Accumulate(totals[at.Copy], k.Load(at.Float(x))) })
			m := k.Div(k.Total(totals), k.FromCount(cols))
			totals = k.Several(copies, k.Zero())
			k.Loop(cols, copies, func(at At) {
				d := k.Keep(k.Sub(k.Load(at.Float(x)), m))
				k.MulAdd(totals[at.Copy], d, d)
			})
			variance := k.Div(k.Total(totals), k.FromCount(cols))
			r := k.Div(k.Broadcast(C(1)), k.Sqrt(k.Add(variance, k.Scalar("epsilon"))))
			k.StoreLane(m, First(mean))
			k.StoreLane(r, First(rstd))
			Next(mean, rstd)
			k.Loop(cols, copies, func(at At) {
				v := k.Mul(k.Sub(k.Load(at.Float(x)), m), r)
				k.Step(v, k.Load(at.Float(gamma)), k.Load(at.Float(beta)))
				k.Store(v, at.Float(y))
			})
		}, x, y)
	})
}

func writeLayerNormGrad() {
	Function("layerNormGrad", "func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32)", Wide, func(k *Kernel) {
		dx, x, dy, gamma := k.Pointer("dx"), k.Pointer("x"), k.Pointer("dy"), k.Pointer("gamma")
		dgamma, dbeta := k.Pointer("dgamma"), k.Pointer("dbeta")
		mean, rstd, cols := k.Pointer("mean"), k.Pointer("rstd"), k.Length("gamma")
		k.EachRow(x, k.Length("x"), cols, func() {
			m, r := k.BroadcastMem(First(mean)), k.BroadcastMem(First(rstd))
			Next(mean, rstd)
			sum, product := k.Zero(), k.Zero()
			k.Loop(cols, 1, func(at At) {
				g := k.Load(at.Float(dy))
				addTo(k, at, g, dbeta)
				normalised := k.Mul(k.Sub(k.Load(at.Float(x)), m), r)
				scale := k.Load(at.Float(dgamma))
				k.MulAdd(scale, g, normalised)
				k.Store(scale, at.Float(dgamma))
				g = k.Mul(g, k.Load(at.Float(gamma)))
				k.Accumulate(sum, g)
				k.MulAdd(product, g, normalised)
			})
			count := k.FromCount(cols)
			a, b := k.Div(k.Total([]V{sum}), count), k.Div(k.Total([]V{product}), count)
			k.Loop(cols, 2, func(at At) {
				g := k.Mul(k.Load(at.Float(dy)), k.Load(at.Float(gamma)))
				normalised := k.Mul(k.Sub(k.Load(at.Float(x)), m), r)
				g = k.Sub(g, a)
				k.MulSub(g, normalised, b)
				k.Store(k.Mul(g, r), at.Float(dx))
			})
		}, x, dx, dy)
	})
}
