package norm

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out norm_amd64.s -stubs stubs_amd64.go -pkg norm

func assemblyTiers(portable *kernels) [3]*kernels {
	avx512 := &kernels{
		moments: momentsAVX512,
		scaleShift: [4]func(dst, x, residual, scale, shift []float32){
			scaleShiftAVX512, scaleShiftResidualAVX512, scaleShiftReLUAVX512, scaleShiftResidualReLUAVX512,
		},
		gate: [4]func(dst, dy, more, x, residual, scale, shift []float32){
			gateAVX512, gateResidualAVX512, gateOfSumAVX512, gateOfSumResidualAVX512,
		},
		gradientSums: gradientSumsAVX512,
		gradient:     gradientAVX512,
	}
	avx2 := &kernels{
		moments: momentsAVX2,
		scaleShift: [4]func(dst, x, residual, scale, shift []float32){
			scaleShiftAVX2, scaleShiftResidualAVX2, scaleShiftReLUAVX2, scaleShiftResidualReLUAVX2,
		},
		gate: [4]func(dst, dy, more, x, residual, scale, shift []float32){
			gateAVX2, gateResidualAVX2, gateOfSumAVX2, gateOfSumResidualAVX2,
		},
		gradientSums: gradientSumsAVX2,
		gradient:     gradientAVX2,
	}
	return [3]*kernels{cpu.Portable: portable, cpu.AVX2: avx2, cpu.AVX512: avx512}
}
