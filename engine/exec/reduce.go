package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
)

// lowerReduce reduces the rows of float32 that are too long for a loop.
func lowerReduce(_ *Runtime, n *ir.Node) *kernel {
	op, ok := rowReductions[n.Op]
	x := n.Inputs[0]
	axes := n.Attrs.(ir.Axes).Axes
	if !ok || !allFloat32(n) || x.Size() == 0 {
		return nil
	}
	rank := len(x.Dims())
	for i, axis := range axes { // the last axes
		if axis != rank-len(axes)+i {
			return nil
		}
	}
	cols := product(x.Dims()[rank-len(axes):])
	return &kernel{run: func(c *call) error {
		reduce.Rows(c.pool, op, f32(c.out[0]), f32(c.in[0]), cols)
		return nil
	}}
}
