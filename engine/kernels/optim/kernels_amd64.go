package optim

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out optim_amd64.s -stubs stubs_amd64.go -pkg optim

func assemblyTiers(portable *kernels) [3]*kernels {
	return [3]*kernels{
		cpu.Portable: portable,
		cpu.AVX2: {
			sgd: sgdAVX2, sgdNesterov: sgdNesterovAVX2, sgdPlain: sgdPlainAVX2, adam: unpacked(adamAVX2), average: averageAVX2,
		},
		cpu.AVX512: {
			sgd: sgdAVX512, sgdNesterov: sgdNesterovAVX512, sgdPlain: sgdPlainAVX512,
			adam: unpacked(adamAVX512), average: averageAVX512,
		},
	}
}

type adamKernel func(
	newParam, newM, newV, param, grad, m, v []float32,
	beta1, rest1, beta2, rest2, penalty, keep, rate, root, epsilon float32,
)

// unpacked passes the scalars one by one.
func unpacked(kernel adamKernel) func(newParam, newM, newV, param, grad, m, v []float32, s *adamScalars) {
	return func(newParam, newM, newV, param, grad, m, v []float32, s *adamScalars) {
		kernel(newParam, newM, newV, param, grad, m, v,
			s.beta1, s.rest1, s.beta2, s.rest2, s.penalty, s.keep, s.rate, s.root, s.epsilon)
	}
}
