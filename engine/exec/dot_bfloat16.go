package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// multipliesBFloat16 says that n multiplies bfloat16. Such products are added up in float32, whatever the accumulator,
// as GoMLX's Go backend does.
func multipliesBFloat16(n *ir.Node) bool {
	d := n.Attrs.(ir.Dot)
	for _, v := range n.Inputs {
		if v.Shape.DType != dtypes.BFloat16 {
			return false
		}
	}
	sums := d.Accumulator == dtypes.InvalidDType || d.Accumulator == dtypes.BFloat16 || d.Accumulator == dtypes.Float32
	result := n.Outputs[0].Shape.DType
	return sums && (result == dtypes.BFloat16 || result == dtypes.Float32)
}

// bfloat16Product returns the kernel of a product of bfloat16.
func bfloat16Product(rt *Runtime, n *ir.Node, spec gemm.Spec) *kernel {
	spec.BFloat16, spec.Threads = true, rt.pool.Threads()
	product, err := gemm.New(spec)
	if err != nil {
		return nil
	}
	return roundedSums(n, product.ScratchSize(rt.pool.Threads()), func(c *call, sums, scratch []float32) {
		product.RunBFloat16(c.pool, sums, view[uint16](c.in[0]), view[uint16](c.in[1]), scratch)
	})
}

// roundedSums returns a kernel whose result is sums of float32, rounded if it is to be bfloat16. They take that many
// floats of scratch.
func roundedSums(n *ir.Node, scratch int, run func(c *call, sums, scratch []float32)) *kernel {
	result := n.Outputs[0]
	var kept int // bytes of scratch for the sums
	if result.Shape.DType == dtypes.BFloat16 {
		kept = aligned(sizeOfFloat32 * result.Size())
	}
	return &kernel{
		traits: plan.Traits{Scratch: kept + sizeOfFloat32*scratch},
		run: func(c *call) error {
			if kept == 0 {
				run(c, f32(c.out[0]), f32(c.scratch))
				return nil
			}
			sums := c.scratch[:sizeOfFloat32*result.Size()]
			run(c, f32(sums), f32(c.scratch[kept:]))
			convertAll(c.pool, c.out[0], sums, dtypes.BFloat16, dtypes.Float32)
			return nil
		},
	}
}
