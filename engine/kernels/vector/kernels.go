package vector

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier. All slices of a call have the
// length of dst unless said otherwise.
type kernels struct {
	unary  [unaryOps]func(dst, x []float32)
	binary [binaryOps]func(dst, a, b []float32)
	scalar [binaryOps]func(dst, a []float32, s float32)

	compare          [compareOps]func(dst []bool, a, b []float32)
	compareScalar    [compareOps]func(dst []bool, a []float32, s float32)
	selection        func(dst []float32, mask []bool, a, b []float32)
	selectScalar     func(dst []float32, mask []bool, a []float32, s float32)
	selectScalarLeft func(dst []float32, mask []bool, b []float32, s float32)

	prefetch func(x []float32)
}

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }
