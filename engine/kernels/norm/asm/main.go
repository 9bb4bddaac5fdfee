// Command asm generates the assembly of package norm.
package main

import (
	"github.com/mmcloughlin/avo/operand"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

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
				addTo(k, at.Float(sum), k.Tree(distances, k.Add))
				addTo(k, at.Float(squares), k.Tree(products, k.Add))
			})
		}, x)
	})
}

// eachRow runs body for every vector of columns of rows of some arrays, four rows at a time while there are as many: in the
// order in which they lie in memory.
func single(k *Kernel, n, cols Pointer, arrays []Pointer, body func(at At, rows func(p Pointer) []operand.Mem)) {
	k.EachRow(arrays[0], n, cols, func() {
		k.Loop(cols, 1, func(at At) {
			body(at, func(p Pointer) []operand.Mem { return []operand.Mem{at.Float(p)} })
		})
	}, arrays...)
}

func eachRow(k *Kernel, n, cols Pointer, arrays []Pointer, body func(at At, rows func(p Pointer) []operand.Mem)) {
	k.EachRows(arrays[0], n, cols, func(rows RowsAt) {
		k.Loop(cols, 1, func(at At) {
			body(at, func(p Pointer) []operand.Mem { return rows(p, at) })
		})
	}, arrays...)
}

// scaledShifted returns x·scale + shift + residual of the rows; residual is nil for none.
func scaledShifted(k *Kernel, at At, rows func(p Pointer) []operand.Mem, x, residual, scale, shift Pointer) []V {
	a, b := k.Load(at.Float(scale)), k.Load(at.Float(shift))
	var ys []V
	for _, m := range rows(x) {
		y := k.Load(m)
		k.Step(y, a, b)
		ys = append(ys, y)
	}
	if residual != nil {
		for r, m := range rows(residual) {
			k.Accumulate(ys[r], k.Load(m))
		}
	}
	return ys
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
		single(k, k.Length("dst"), k.Length("scale"), arrays, func(at At, rows func(p Pointer) []operand.Mem) {
			ys := scaledShifted(k, at, rows, x, residual, scale, shift)
			for r, m := range rows(dst) {
				if relu {
					ys[r] = k.Max(k.Zero(), ys[r])
				}
				k.Store(ys[r], m)
			}
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
		single(k, k.Length("dst"), k.Length("scale"), arrays, func(at At, rows func(p Pointer) []operand.Mem) {
			ys := scaledShifted(k, at, rows, x, residual, scale, shift)
			var gated []V
			for r, m := range rows(dy) {
				gated = append(gated, k.Where(k.Compare(NotLessOrEqual, ys[r], k.Zero()), k.Load(m)))
			}
			for r, m := range rows(dst) {
				k.Store(gated[r], m)
			}
		})
	})
}

func writeGradientSums() {
	Function("gradientSums", "func(sum, product, dy, x, mean []float32)", Native, func(k *Kernel) {
		sum, product, mean := k.Pointer("sum"), k.Pointer("product"), k.Pointer("mean")
		dy, x := k.Pointer("dy"), k.Pointer("x")
		eachRow(k, k.Length("dy"), k.Length("mean"), []Pointer{dy, x}, func(at At, rows func(p Pointer) []operand.Mem) {
			origin := k.Load(at.Float(mean))
			var gradients, products []V
			for _, m := range rows(dy) {
				gradients = append(gradients, k.Load(m))
			}
			for r, m := range rows(x) {
				products = append(products, k.Mul(k.Sub(k.Load(m), origin), gradients[r]))
			}
			addTo(k, at.Float(sum), k.Tree(gradients, k.Add))
			addTo(k, at.Float(product), k.Tree(products, k.Add))
		})
	})
}

func addTo(k *Kernel, total operand.Mem, v V) { k.Store(k.Add(v, k.Load(total)), total) }

func writeGradient() {
	Function("gradient", "func(dx, dy, x, mean, k1, k2, k3 []float32)", Native, func(k *Kernel) {
		dx, dy, x := k.Pointer("dx"), k.Pointer("dy"), k.Pointer("x")
		mean, k1, k2, k3 := k.Pointer("mean"), k.Pointer("k1"), k.Pointer("k2"), k.Pointer("k3")
		single(k, k.Length("dx"), k.Length("mean"), []Pointer{dx, dy, x}, func(at At, rows func(p Pointer) []operand.Mem) {
			m, b, c := k.Load(at.Float(mean)), k.Load(at.Float(k2)), k.Load(at.Float(k3))
			var ys []V
			for _, from := range rows(x) {
				y := k.Sub(k.Load(from), m)
				k.Step(y, b, c)
				ys = append(ys, y)
			}
			a := k.Load(at.Float(k1))
			for r, from := range rows(dy) {
				k.MulAdd(ys[r], k.Load(from), a)
			}
			for r, to := range rows(dx) {
				k.Store(ys[r], to)
			}
		})
	})
}
