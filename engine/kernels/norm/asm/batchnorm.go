package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

func writeMoments() {
	Function("moments", "func(sum, squares, shift, x []float32)", Native, func(k *Kernel) {
		sum, squares, shift, x := k.Pointer("sum"), k.Pointer("squares"), k.Pointer("shift"), k.Pointer("x")
		cols := k.Length("shift")
		k.EachRows(x, k.Length("x"), cols, func(rows Rows) {
			k.Loop(cols, 1, func(at At) {
				origin := k.Load(at.Float(shift))
				var distances, products []V
				for _, m := range rows(x, at) {
					d := k.Sub(k.Load(m), origin)
					distances, products = append(distances, d), append(products, k.Mul(d, d))
				}
				addTo(k, at, k.Tree(distances, k.Add), sum)
				addTo(k, at, k.Tree(products, k.Add), squares)
			})
		}, x)
	})
}

func writeGradSums(relu bool) {
	name := "gradSums"
	if relu {
		name += "Relu"
	}
	Function(name, "func(sum, product, mean, x, dy, output []float32)", Native, func(k *Kernel) {
		sum, product, mean := k.Pointer("sum"), k.Pointer("product"), k.Pointer("mean")
		x, dy, cols := k.Pointer("x"), k.Pointer("dy"), k.Length("mean")
		pointers := []Pointer{x, dy}
		var output Pointer
		if relu {
			output = k.Pointer("output")
			pointers = append(pointers, output)
		}
		k.EachRows(x, k.Length("x"), cols, func(rows Rows) {
			k.Loop(cols, 1, func(at At) {
				var gradients, products []V
				for _, m := range rows(dy, at) {
					gradients = append(gradients, k.Load(m))
				}
				if relu {
					for r, m := range rows(output, at) {
						gradients[r] = k.Where(k.Compare(Greater, k.Load(m), C(0)), gradients[r])
					}
				}
				origin := k.Load(at.Float(mean))
				for r, m := range rows(x, at) {
					products = append(products, k.Mul(k.Sub(k.Load(m), origin), gradients[r]))
				}
				addTo(k, at, k.Tree(gradients, k.Add), sum)
				addTo(k, at, k.Tree(products, k.Add), product)
			})
		}, pointers...)
	})
}

func writeGradApply(relu, residual bool) {
	name := "gradApply"
	if relu {
		name += "Relu"
	}
	if residual {
		name += "Residual"
	}
	Function(name, "func(dx, dresidual, x, dy, output, mean, k1, k2, k3 []float32)", Native, func(k *Kernel) {
		dx, x, dy, cols := k.Pointer("dx"), k.Pointer("x"), k.Pointer("dy"), k.Length("mean")
		pointers := []Pointer{dx, x, dy}
		var output, dresidual Pointer
		if relu {
			output = k.Pointer("output")
			pointers = append(pointers, output)
		}
		if residual {
			dresidual = k.Pointer("dresidual")
			pointers = append(pointers, dresidual)
		}
		mean, k1, k2, k3 := k.Pointer("mean"), k.Pointer("k1"), k.Pointer("k2"), k.Pointer("k3")
		k.EachRow(dx, k.Length("dx"), cols, func() {
			k.Loop(cols, 2, func(at At) {
				g := k.Load(at.Float(dy))
				if relu {
					g = k.Where(k.Compare(Greater, k.Load(at.Float(output)), C(0)), g)
				}
				if residual {
					k.Store(g, at.Float(dresidual))
				}
				y := k.Sub(k.Load(at.Float(x)), k.Load(at.Float(mean)))
				k.Step(y, k.Load(at.Float(k2)), k.Load(at.Float(k3)))
				k.MulAdd(y, g, k.Load(at.Float(k1)))
				k.Store(y, at.Float(dx))
			})
		}, pointers...)
	})
}

// addTo adds v to the array at p.
func addTo(k *Kernel, at At, v V, p Pointer) {
	k.Store(k.Add(v, k.Load(at.Float(p))), at.Float(p))
}
