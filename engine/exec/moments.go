package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/norm"
)

func lowerMoments(_ *Runtime, n *ir.Node) *kernel {
	if !allFloat32(n) || n.Inputs[0].Size() == 0 {
		return nil
	}
	from, to := 0, n.Inputs[0].Size()
	if part, ok := n.Attrs.(ir.Part); ok {
		row := to / n.Inputs[0].Dims()[0]
		from, to = part.From*row, part.To*row
	}
	return &kernel{run: func(c *call) error {
		norm.Moments(c.pool, f32(c.out[0]), f32(c.out[1]), f32(c.in[0])[from:to])
		return nil
	}}
}
