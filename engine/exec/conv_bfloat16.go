package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/conv"
)

// bfloat16Conv returns the kernel of a convolution of bfloat16, which is added up in float32 as GoMLX's Go backend
// does.
func bfloat16Conv(rt *Runtime, n *ir.Node, spec conv.Spec) *kernel {
	forward, err := conv.NewForward(spec, conv.Options{Exact: true, BFloat16: true})
	if err != nil {
		return nil
	}
	packed := forward.PackedSize()
	return roundedSums(n, packed+forward.ScratchSize(rt.pool.Threads()), func(c *call, sums, scratch []float32) {
		forward.PackBFloat16(c.pool, scratch[:packed], view[uint16](c.in[1]))
		forward.RunBFloat16(c.pool, sums, view[uint16](c.in[0]), scratch[:packed], scratch[packed:])
	})
}
