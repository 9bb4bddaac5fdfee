package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/random"
)

// lowerRandomBits generates the same bits as GoMLX's Go backend.
func lowerRandomBits(_ *Runtime, n *ir.Node) *kernel {
	if n.Inputs[0].Shape.DType != dtypes.Uint64 || n.Inputs[0].Size() != 3 || n.Outputs[1].Shape.DType.IsPacked() {
		return nil
	}
	switch n.Outputs[1].Shape.DType {
	case dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64:
	default:
		return nil
	}
	return &kernel{run: func(c *call) error {
		state, next := view[uint64](c.in[0]), view[uint64](c.out[0])
		words := random.Bits(c.pool, [2]uint64{state[0], state[1]}, c.out[1])
		next[0], next[1], next[2] = words[0], words[1], state[2]
		return nil
	}}
}
