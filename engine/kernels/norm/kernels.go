package norm

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier. x, dx, dy, dst and residual are [R, C] with R and C 1 or more, the others
// [C].
type kernels struct {
	// moments adds Σ (x - shift) to sum and Σ (x - shift)² to squares.
	moments func(sum, squares, shift, x []float32)

	scaleShift   [4]func(dst, x, residual, scale, shift []float32)           // by variant
	gate         [4]func(dst, dy, more, x, residual, scale, shift []float32) // by variant
	gradientSums func(sum, product, dy, x, mean []float32)
	gradient     func(dx, dy, x, mean, k1, k2, k3 []float32)
}

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }
