package reduce

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier.
type kernels struct {
	row     [ops]func(x []float32) float32
	rows    [ops]func(dst, x []float32, cols int)
	dot     func(a, b []float32) float32
	columns [ops]func(acc, x []float32) // x is [R, len(acc)]
}

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }
