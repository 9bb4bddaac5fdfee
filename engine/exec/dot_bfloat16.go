package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// multipliesBFloat16 says that n multiplies bfloat16. Such products are added up in float32, whatever the accumulator, as
// GoMLX's Go backend does.
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

// bfloat16Product returns the kernel of a product of bfloat16, whose result is rounded if it is to be of that type.
func bfloat16Product(rt *Runtime, n *ir.Node, spec gemm.Spec) *kernel {
	spec.BFloat16 = true
	product, err := gemm.New(spec)
	if err != nil {
		return nil
	}
	result := n.Outputs[0]
	var sums int // bytes of scratch for them
	if result.Shape.DType == dtypes.BFloat16 {
		sums = aligned(sizeOfFloat32 * result.Size())
	}
	return &kernel{
		traits: plan.Traits{Scratch: sums + sizeOfFloat32*product.ScratchSize(rt.pool.Threads())},
		run: func(c *call) error {
			out, scratch := c.out[0], c.scratch[sums:]
			if sums > 0 {
				out = c.scratch[:sizeOfFloat32*result.Size()]
			}
			product.RunBFloat16(c.pool, f32(out), view[uint16](c.in[0]), view[uint16](c.in[1]), f32(scratch), gemm.Epilogue{})
			if sums > 0 {
				convertAll(c.pool, c.out[0], out, dtypes.BFloat16, dtypes.Float32)
			}
			return nil
		},
	}
}
