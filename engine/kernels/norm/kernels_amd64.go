package norm

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out norm_amd64.s -stubs stubs_amd64.go -pkg norm

func assemblyTiers(portable *kernels) [3]*kernels {
	avx512 := &kernels{
		moments:        momentsAVX512,
		gradSums:       gradSumsAVX512,
		gradSumsRelu:   gradSumsReluAVX512,
		gradApply:      withResidual(gradApplyAVX512, gradApplyResidualAVX512),
		gradApplyRelu:  withResidual(gradApplyReluAVX512, gradApplyReluResidualAVX512),
		layerNorm:      layerNormAVX512,
		layerNormGrad:  layerNormGradAVX512,
		softmax:        softmaxAVX512,
		logSoftmax:     logSoftmaxAVX512,
		softmaxGrad:    softmaxGradAVX512,
		logSoftmaxGrad: logSoftmaxGradAVX512,
		logSumExp:      logSumExpAVX512,
	}
	avx2 := &kernels{
		moments:        momentsAVX2,
		gradSums:       gradSumsAVX2,
		gradSumsRelu:   gradSumsReluAVX2,
		gradApply:      withResidual(gradApplyAVX2, gradApplyResidualAVX2),
		gradApplyRelu:  withResidual(gradApplyReluAVX2, gradApplyReluResidualAVX2),
		layerNorm:      layerNormAVX2,
		layerNormGrad:  layerNormGradAVX2,
		softmax:        softmaxAVX2,
		logSoftmax:     logSoftmaxAVX2,
		softmaxGrad:    softmaxGradAVX2,
		logSoftmaxGrad: logSoftmaxGradAVX2,
		logSumExp:      logSumExpAVX2,
	}
	return [3]*kernels{cpu.Portable: portable, cpu.AVX2: avx2, cpu.AVX512: avx512}
}

type gradApply func(dx, dresidual, x, dy, output, mean, k1, k2, k3 []float32)

// withResidual chooses the kernel by whether dresidual is wanted.
func withResidual(without, with gradApply) gradApply {
	return func(dx, dresidual, x, dy, output, mean, k1, k2, k3 []float32) {
		kernel := without
		if dresidual != nil {
			kernel = with
		}
		kernel(dx, dresidual, x, dy, output, mean, k1, k2, k3)
	}
}
