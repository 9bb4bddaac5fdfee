// Command asm generates the assembly of package norm.
package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

func main() {
	writeMoments()
	for _, relu := range []string{"", "ReLU"} {
		for _, residual := range []string{"", "Residual"} {
			writeScaleShift("scaleShift"+residual+relu, residual != "", relu != "")
		}
	}
	writeGate("gate", false)
	writeGate("gateResidual", true)
	writeGradientSums()
	writeGradient()
	Generate()
}

func writeMoments() {
	Function("moments", "func(sum, squares, shift, x []float32)", Native, func(k *Kernel) {
		sum, squares, shift, x := k.Pointer("sum"), k.Pointer("squares"), k.Pointer("shift"), k.Pointer("x")
		cols := k.Length("shift")
		k.EachRows(x, k.Length("x"), cols, func(rows RowsAt) {
			k.Loop(cols, 1, func(at At) {
				origin := k.Load(at.Float(shift))
				var distances, products []V
				for _, m := range rows(x, at) {
					d := k.Sub(k.Load(m), origin)
					distances, products = append(distances, d), append(products, k.Mul(d, d))
				}
				for _, total := range []struct {
					p Pointer
					v V
				}{{sum, k.Tree(distances, k.Add)}, {squares, k.Tree(products, k.Add)}} {
					k.Store(k.Add(total.v, k.Load(at.Float(total.p))), at.Float(total.p))
				}
			})
		}, x)
	})
}

func writeScaleShift(name string, withResidual, relu bool) {
	Function(name, "func(dst, x, residual, scale, shift []float32)", Native, func(k *Kernel) {
		dst, x, scale, shift := k.Pointer("dst"), k.Pointer("x"), k.Pointer("scale"), k.Pointer("shift")
		arrays := []Pointer{dst, x}
		var residual Pointer
		if withResidual {
			residual = k.Pointer("residual")
			arrays = append(arrays, residual)
		}
		k.EachColumn(k.Length("dst"), k.Length("scale"), arrays, []Pointer{scale, shift}, func(eachRow func(func(Rows))) {
			a, b := k.Load(First(scale)), k.Load(First(shift))
			eachRow(func(rows Rows) {
				for r, m := range rows(x) {
					y := k.Load(m)
					k.Step(y, a, b)
					if withResidual {
						k.Accumulate(y, k.Load(rows(residual)[r]))
					}
					if relu {
						y = k.Max(k.Zero(), y)
					}
					k.Store(y, rows(dst)[r])
				}
			})
		})
	})
}

func writeGate(name string, withResidual bool) {
	Function(name, "func(dst, dy, x, residual, scale, shift []float32)", Native, func(k *Kernel) {
		dst, dy, x := k.Pointer("dst"), k.Pointer("dy"), k.Pointer("x")
		scale, shift := k.Pointer("scale"), k.Pointer("shift")
		arrays := []Pointer{dst, dy, x}
		var residual Pointer
		if withResidual {
			residual = k.Pointer("residual")
			arrays = append(arrays, residual)
		}
		k.EachColumn(k.Length("dst"), k.Length("scale"), arrays, []Pointer{scale, shift}, func(eachRow func(func(Rows))) {
			a, b := k.Load(First(scale)), k.Load(First(shift))
			eachRow(func(rows Rows) {
				for r, m := range rows(x) {
					y := k.Load(m)
					k.Step(y, a, b)
					if withResidual {
						k.Accumulate(y, k.Load(rows(residual)[r]))
					}
					pass := k.Compare(NotLessOrEqual, y, k.Zero())
					k.Store(k.Where(pass, k.Load(rows(dy)[r])), rows(dst)[r])
				}
			})
		})
	})
}

func writeGradientSums() {
	Function("gradientSums", "func(sum, product, dy, x, mean []float32)", Native, func(k *Kernel) {
		sum, product, mean := k.Pointer("sum"), k.Pointer("product"), k.Pointer("mean")
		dy, x := k.Pointer("dy"), k.Pointer("x")
		vectors := []Pointer{sum, product, mean}
		k.EachColumn(k.Length("dy"), k.Length("mean"), []Pointer{dy, x}, vectors, func(eachRow func(func(Rows))) {
			origin, s, q := k.Load(First(mean)), k.Load(First(sum)), k.Load(First(product))
			eachRow(func(rows Rows) {
				var gradients, products []V
				for r, m := range rows(dy) {
					g := k.Load(m)
					gradients = append(gradients, g)
					products = append(products, k.Mul(k.Sub(k.Load(rows(x)[r]), origin), g))
				}
				k.Accumulate(s, k.Tree(gradients, k.Add))
				k.Accumulate(q, k.Tree(products, k.Add))
			})
			k.Store(s, First(sum))
			k.Store(q, First(product))
		})
	})
}

func writeGradient() {
	Function("gradient", "func(dx, dy, x, mean, k1, k2, k3 []float32)", Native, func(k *Kernel) {
		dx, dy, x := k.Pointer("dx"), k.Pointer("dy"), k.Pointer("x")
		mean, k1, k2, k3 := k.Pointer("mean"), k.Pointer("k1"), k.Pointer("k2"), k.Pointer("k3")
		vectors := []Pointer{mean, k1, k2, k3}
		k.EachColumn(k.Length("dx"), k.Length("mean"), []Pointer{dx, dy, x}, vectors, func(eachRow func(func(Rows))) {
			m, a, b, c := k.Load(First(mean)), k.Load(First(k1)), k.Load(First(k2)), k.Load(First(k3))
			eachRow(func(rows Rows) {
				for r, from := range rows(x) {
					y := k.Sub(k.Load(from), m)
					k.Step(y, b, c)
					k.MulAdd(y, k.Load(rows(dy)[r]), a)
					k.Store(y, rows(dx)[r])
				}
			})
		})
	})
}
