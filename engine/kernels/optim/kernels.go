package optim

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier. All slices of a call have the length of param.
type kernels struct {
	sgd, sgdNesterov, sgdPlain func(newParam, newMomentum, param, grad, momentum []float32, rate, mu, decay float32)
	adam                       func(newParam, newM, newV, param, grad, m, v []float32, s *adamScalars)
	average                    func(newAverage, average, param []float32, momentum, rest float32)
}

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }
