// Command asm generates the assembly of package reduce.
package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

// copies is the number of running totals of a row.
const copies = 4

func main() {
	row{"Sum", C(0), (*Kernel).Add, build.VADDPS, nil}.write()
	row{"Max", NegativeInfinity, (*Kernel).Max, build.VMAXPS, isNaN}.write()
	row{"Min", Infinity, (*Kernel).Min, build.VMINPS, isNaN}.write()
	writeDot()
	writeColumns("columnsSum", (*Kernel).Add)
	writeColumns("columnsMax", withNaN((*Kernel).Max))
	writeColumns("columnsMin", withNaN((*Kernel).Min))
	Generate()
}

type combine func(k *Kernel, a V, b Operand) V

// isNaN is NaN where x is, else 0.
func isNaN(k *Kernel, x V) V { return k.Where(k.Compare(Unordered, x, x), x) }

// withNaN makes a maximum or minimum NaN where either operand is.
func withNaN(op combine) combine {
	return func(k *Kernel, a V, b Operand) V {
		return k.Select(k.Compare(Unordered, a, a), a, op(k, a, b))
	}
}

// row is a reduction of all elements of a row.
type row struct {
	name     string
	identity Const
	op       combine
	fold     func(...operand.Op)
	nan      func(k *Kernel, x V) V // what op would lose, or nil: it is added up apart
}

// write writes the reduction of one row and that of several.
func (r row) write() {
	Function("row"+r.name, "func(x []float32) float32", Wide, func(k *Kernel) {
		k.Return(r.reduce(k, k.Pointer("x"), k.Length("x")))
	})
	Function("rows"+r.name, "func(dst, x []float32, cols int)", Wide, func(k *Kernel) {
		dst, x, cols := k.Pointer("dst"), k.Pointer("x"), k.Int("cols")
		k.EachRow(x, k.Length("x"), cols, func() {
			build.VMOVSS(r.reduce(k, x, cols), First(dst))
			Next(dst)
		}, x)
	})
}

func (r row) reduce(k *Kernel, x, n Pointer) reg.VecVirtual {
	fill := k.Broadcast(r.identity)
	totals := k.Several(copies, fill)
	lost := k.Zero()
	k.Loop(n, copies, func(at At) {
		v := k.LoadOr(at.Float(x), fill)
		k.Set(totals[at.Copy], r.op(k, totals[at.Copy], v))
		if r.nan != nil {
			k.Accumulate(lost, r.nan(k, v))
		}
	})
	result := k.Fold(r.fold, k.Tree(totals, func(a V, b Operand) V { return r.op(k, a, b) }))
	if r.nan != nil {
		build.VADDPS(k.Fold(build.VADDPS, lost), result, result)
	}
	return result
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
func writeColumns(name string, op combine) {
	Function(name, "func(acc, x []float32)", Native, func(k *Kernel) {
		acc, x, cols := k.Pointer("acc"), k.Pointer("x"), k.Length("acc")
		k.EachRows(x, k.Length("x"), cols, func(rows RowsAt) {
			k.Loop(cols, 1, func(at At) {
				var values []V
				for _, m := range rows(x, at) {
					values = append(values, k.Load(m))
				}
				block := k.Tree(values, func(a V, b Operand) V { return op(k, a, b) })
				k.Store(op(k, block, k.Load(at.Float(acc))), at.Float(acc))
			})
		}, x)
	})
}
