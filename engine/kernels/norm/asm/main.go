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
	for _, sum := range []string{"", "OfSum"} {
		for _, residual := range []string{"", "Residual"} {
			writeGate("gate"+sum+residual, sum != "", residual != "")
		}
	}
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

// eachVector runs body for every vector of columns of n elements of some arrays in rows of cols, in the order in which
// the arrays lie in memory: any other order reads large ones at half the speed. Body gets the vectors that belong to
// the columns, and the addresses in the arrays.
func eachVector(
	k *Kernel, n, cols Pointer, arrays, vectors []Pointer, body func(vectors []V, here func(p Pointer) operand.Mem),
) {
	k.EachRow(arrays[0], n, cols, func() {
		k.Loop(cols, 1, func(at At) {
			var loaded []V
			for _, p := range vectors {
				loaded = append(loaded, k.Load(at.Float(p)))
			}
			body(loaded, func(p Pointer) operand.Mem { return at.Float(p) })
		})
	}, arrays...)
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
		eachVector(k, k.Length("dst"), k.Length("scale"), arrays, []Pointer{scale, shift}, func(
			vectors []V, here func(p Pointer) operand.Mem,
		) {
			y := k.Load(here(x))
			k.Step(y, vectors[0], vectors[1])
			if withResidual {
				k.Accumulate(y, k.Load(here(residual)))
			}
			if relu {
				y = k.Max(k.Zero(), y)
			}
			k.Store(y, here(dst))
		})
	})
}

func writeGate(name string, ofSum, withResidual bool) {
	Function(name, "func(dst, dy, more, x, residual, scale, shift []float32)", Native, func(k *Kernel) {
		dst, dy, x := k.Pointer("dst"), k.Pointer("dy"), k.Pointer("x")
		scale, shift := k.Pointer("scale"), k.Pointer("shift")
		arrays := []Pointer{dst, dy, x}
		var more Pointer
		if ofSum {
			more = k.Pointer("more")
			arrays = append(arrays, more)
		}
		var residual Pointer
		if withResidual {
			residual = k.Pointer("residual")
			arrays = append(arrays, residual)
		}
		eachVector(k, k.Length("dst"), k.Length("scale"), arrays, []Pointer{scale, shift}, func(
			vectors []V, here func(p Pointer) operand.Mem,
		) {
			y := k.Load(here(x))
			k.Step(y, vectors[0], vectors[1])
			if withResidual {
				k.Accumulate(y, k.Load(here(residual)))
			}
			gradient := k.Load(here(dy))
			if ofSum {
				gradient = k.Add(gradient, k.Load(here(more)))
			}
			k.Store(k.Where(k.Compare(NotLessOrEqual, y, k.Zero()), gradient), here(dst))
		})
	})
}

func writeGradient() {
	Function("gradient", "func(dx, dy, x, mean, k1, k2, k3 []float32)", Native, func(k *Kernel) {
		dx, dy, x := k.Pointer("dx"), k.Pointer("dy"), k.Pointer("x")
		vectors := []Pointer{k.Pointer("mean"), k.Pointer("k1"), k.Pointer("k2"), k.Pointer("k3")}
		eachVector(k, k.Length("dx"), k.Length("mean"), []Pointer{dx, dy, x}, vectors, func(
			vectors []V, here func(p Pointer) operand.Mem,
		) {
			m, a, b, c := vectors[0], vectors[1], vectors[2], vectors[3]
			y := k.Sub(k.Load(here(x)), m)
			k.Step(y, b, c)
			k.MulAdd(y, k.Load(here(dy)), a)
			k.Store(y, here(dx))
		})
	})
}

func writeGradientSums() {
	Function("gradientSums", "func(sum, product, dy, x, mean []float32)", Native, func(k *Kernel) {
		sum, product, mean := k.Pointer("sum"), k.Pointer("product"), k.Pointer("mean")
		dy, x, cols := k.Pointer("dy"), k.Pointer("x"), k.Length("mean")
		k.EachRows(dy, k.Length("dy"), cols, func(rows RowsAt) {
			k.Loop(cols, 1, func(at At) {
				origin := k.Load(at.Float(mean))
				var gradients, products []V
				for _, m := range rows(dy, at) {
					gradients = append(gradients, k.Load(m))
				}
				for r, m := range rows(x, at) {
					products = append(products, k.Mul(k.Sub(k.Load(m), origin), gradients[r]))
				}
				addTo(k, at.Float(sum), k.Tree(gradients, k.Add))
				addTo(k, at.Float(product), k.Tree(products, k.Add))
			})
		}, dy, x)
	})
}

func addTo(k *Kernel, total operand.Mem, v V) { k.Store(k.Add(v, k.Load(total)), total) }
