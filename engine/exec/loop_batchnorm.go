package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/norm"
)

// batchNormInstruction returns the function of one of the instructions for batch norm.
func batchNormInstruction(in ir.Instr, id int) func(b *block) {
	a := in.Args
	residual := func(b *block, at int) []float32 {
		if len(a) > at {
			return b.floats[a[at]]
		}
		return nil
	}
	switch in.Op {
	case ir.OpGate:
		return func(b *block) {
			norm.Gate(b.floats[id], b.floats[a[0]], nil, b.floats[a[1]], b.floats[a[2]], b.floats[a[3]], residual(b, 4))
		}
	case ir.OpGateOfSum:
		return func(b *block) {
			norm.Gate(
				b.floats[id], b.floats[a[0]], b.floats[a[1]], b.floats[a[2]], b.floats[a[3]], b.floats[a[4]], residual(b, 5),
			)
		}
	case ir.OpBatchNormGrad:
		return func(b *block) {
			norm.Gradient(
				b.floats[id], b.floats[a[0]], b.floats[a[1]], b.floats[a[2]], b.floats[a[3]], b.floats[a[4]], b.floats[a[5]],
			)
		}
	}
	return func(b *block) {
		norm.ScaleShift(
			b.floats[id], b.floats[a[0]], b.floats[a[1]], b.floats[a[2]], residual(b, 3), in.Op == ir.OpScaleShiftReLU,
		)
	}
}
