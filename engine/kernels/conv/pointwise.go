package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// productKernelGrad is the kernel gradient of a dense 1×1 convolution that reads every pixel once: the matrix product xᵀ·dy.
type productKernelGrad struct{ plan *gemm.Plan }

// newProductKernelGrad returns nil if the convolution is another one. The product may round its operands to bfloat16.
func newProductKernelGrad(s Spec, bfloat16 bool) *productKernelGrad {
	if !s.pointwise() || s.Groups != 1 || s.StrideH != 1 || s.StrideW != 1 {
		return nil
	}
	plan, err := gemm.New(gemm.Spec{M: s.C, N: s.O, K: s.N * s.H * s.W, TransA: true, BFloat16: bfloat16})
	if err != nil {
		return nil
	}
	return &productKernelGrad{plan}
}

func (k *productKernelGrad) scratchSize(threads int) int { return k.plan.ScratchSize(threads) }

func (k *productKernelGrad) kernelGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	k.plan.Run(p, dw, x, dy, scratch, gemm.Epilogue{})
}
