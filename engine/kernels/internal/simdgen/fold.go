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
		op(y, v[0].(reg.VecVirtual).AsY(), y)
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

// Spread puts lane 0 of x into all lanes of a vector.
func (k *Kernel) Spread(x reg.VecVirtual) V {
	v := k.New()
	for p := range v {
		build.VBROADCASTSS(x.AsX(), v[p])
	}
	return v
}

// Return stores lane 0 of x as the result of the function.
func (k *Kernel) Return(x reg.VecVirtual) {
	build.Store(x.AsX(), build.ReturnIndex(0))
}
