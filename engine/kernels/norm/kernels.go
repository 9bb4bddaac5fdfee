package norm

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier. x, dx, y, dy are [R, C]; a slice of
// one value a column says C, of one value a row R.
type kernels struct {
	// moments adds Σ (x - shift) to sum and Σ (x - shift)² to squares.
	moments func(sum, squares, shift, x []float32)

	// gradSums adds Σ dy to sum and Σ dy (x - mean) to product; the Relu form takes dy where output > 0, else 0.
	gradSums, gradSumsRelu func(sum, product, mean, x, dy, output []float32)
	// gradApply sets dx = dy k1 + ((x - mean) k2 + k3), and dresidual to the masked dy unless it is nil.
	gradApply, gradApplyRelu func(dx, dresidual, x, dy, output, mean, k1, k2, k3 []float32)

	layerNorm     func(y, mean, rstd, x, gamma, beta []float32, epsilon float32)
	layerNormGrad func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32) // adds to dgamma and dbeta

	softmax, logSoftmax         func(y, x []float32, cols int)
	softmaxGrad, logSoftmaxGrad func(dx, y, dy []float32, cols int)
	logSumExp                   func(lse, x []float32, cols int)
}

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }
