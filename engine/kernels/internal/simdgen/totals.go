package simdgen

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Fold combines the 16 lanes of a Wide vector by op, pairwise, and returns the
// result in lane 0 of the first register.
func (k *Kernel) Fold(op func(ops ...operand.Op), v V) reg.VecVirtual {
	y := build.YMM()
	if k.AVX512 {
		build.VEXTRACTF64X4(operand.Imm(1), v[0], y)
		op(y, v[0].AsY(), y)
	} else {
		op(v[1], v[0], y)
	}
	x := build.XMM()
	build.VEXTRACTF128(operand.Imm(1), y, x)
	op(x, y.AsX(), x)
	other := build.XMM()
	build.VPERMILPS(operand.Imm(0x0e), x, other)
	op(other, x, x)
	build.VPERMILPS(operand.Imm(0x01), x, other)
	op(other, x, x)
	return x
}

// BroadcastLane0 puts lane 0 of x into all lanes of a vector.
func (k *Kernel) BroadcastLane0(x reg.VecVirtual) V {
	v := k.New()
	for p := range v {
		build.VBROADCASTSS(x.AsX(), v[p])
	}
	return v
}

// Several returns n copies of x: running totals that do not wait for each other.
func (k *Kernel) Several(n int, x V) []V {
	totals := make([]V, n)
	for i := range totals {
		totals[i] = k.Copy(x)
	}
	return totals
}

// Tree combines vectors pairwise by op(dst, a, b), into the first.
func (k *Kernel) Tree(vectors []V, op func(a V, b Operand) V) V {
	for n := len(vectors); n > 1; n = (n + 1) / 2 {
		half := (n + 1) / 2
		for i := range n - half {
			vectors[i] = op(vectors[i], vectors[half+i])
		}
	}
	return vectors[0]
}

// Total adds up all lanes of some Wide vectors and puts the sum into all lanes of one.
func (k *Kernel) Total(vectors []V) V {
	return k.BroadcastLane0(k.Fold(build.VADDPS, k.Tree(vectors, k.Add)))
}

// StoreLane writes lane 0 of v.
func (k *Kernel) StoreLane(v V, to operand.Mem) {
	build.VMOVSS(v[0].AsX(), to)
}

// Return stores lane 0 of x as the result of the function.
func (k *Kernel) Return(x reg.VecVirtual) {
	build.Store(x.AsX(), build.ReturnIndex(0))
}
