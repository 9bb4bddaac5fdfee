// Command asm generates the assembly of package reduce.
package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

// copies is the number of running totals of a row.
const copies = 4

func main() {
	writeRow("rowSum", C(0), (*Kernel).Add, build.VADDPS, nil)
	writeRow("rowMax", negativeInfinity, (*Kernel).Max, build.VMAXPS, isNaN)
	writeRow("rowMin", positiveInfinity, (*Kernel).Min, build.VMINPS, isNaN)
	writeDot()
	writeColumns("columnsSum", func(k *Kernel, x V) V { return x }, (*Kernel).Add)
	writeColumns("columnsSumSquares", func(k *Kernel, x V) V { return k.Mul(x, x) }, (*Kernel).Add)
	writeColumns("columnsMax", func(k *Kernel, x V) V { return x }, withNaN((*Kernel).Max))
	writeColumns("columnsMin", func(k *Kernel, x V) V { return x }, withNaN((*Kernel).Min))
	Generate()
}

var negativeInfinity, positiveInfinity = Bits(0xff800000), Bits(0x7f800000)

type combine func(k *Kernel, a V, b Operand) V

// isNaN is NaN where x is, else 0.
func isNaN(k *Kernel, x V) V { return k.Where(k.Compare(Unordered, x, x), x) }

// withNaN makes a maximum or minimum NaN where either operand is.
func withNaN(op combine) combine {
	return func(k *Kernel, a V, b Operand) V {
		return k.Select(k.Compare(Unordered, a, a), a, op(k, a, b))
	}
}

// writeRow writes a reduction of all elements. nan, if not nil, extracts what op would lose: it is added up apart.
func writeRow(name string, identity Const, op combine, fold func(...operand.Op), nan func(k *Kernel, x V) V) {
	Function(name, "func(x []float32) float32", Wide, func(k *Kernel) {
		x, n := k.Pointer("x"), k.Length("x")
		fill := k.Broadcast(identity)
		totals := k.Several(copies, fill)
		lost := k.Zero()
		k.Loop(n, copies, func(at At) {
			v := k.LoadOr(at.Float(x), fill)
			k.Set(totals[at.Copy], op(k, totals[at.Copy], v))
			if nan != nil {
				k.Accumulate(lost, nan(k, v))
			}
		})
		result := k.Fold(fold, k.Tree(totals, func(a V, b Operand) V { return op(k, a, b) }))
		if nan != nil {
			x := k.Fold(build.VADDPS, lost)
			build.VADDPS(x, result, result)
		}
		k.Return(result)
	})
}

func writeDot() {
	Function("dot", "func(a, b []float32) float32", Wide, func(k *Kernel) {
		a, b, n := k.Pointer("a"), k.Pointer("b"), k.Length("a")
		totals := k.Several(copies, k.Zero())
		k.Loop(n, copies, func(at At) { k.MulAdd(totals[at.Copy], k.Load(at.Float(a)), k.Load(at.Float(b))) })
		k.Return(k.Fold(build.VADDPS, k.Tree(totals, k.Add)))
	})
}

// writeColumns writes a reduction of the rows of x into acc.
func writeColumns(name string, prepare func(k *Kernel, x V) V, op combine) {
	Function(name, "func(acc, x []float32)", Native, func(k *Kernel) {
		acc, x, cols := k.Pointer("acc"), k.Pointer("x"), k.Length("acc")
		k.EachRows(x, k.Length("x"), cols, func(rows Rows) {
			k.Loop(cols, 1, func(at At) {
				var values []V
				for _, m := range rows(x, at) {
					values = append(values, prepare(k, k.Load(m)))
				}
				block := k.Tree(values, func(a V, b Operand) V { return op(k, a, b) })
				k.Store(op(k, block, k.Load(at.Float(acc))), at.Float(acc))
			})
		}, x)
	})
}
