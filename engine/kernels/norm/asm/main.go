// Command asm generates the assembly of package norm.
package main

import . "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"

func main() {
	writeMoments()
	for _, relu := range []bool{false, true} {
		writeGradSums(relu)
		for _, residual := range []bool{false, true} {
			writeGradApply(relu, residual)
		}
	}
	writeLayerNorm()
	writeLayerNormGrad()
	writeSoftmax()
	writeLogSoftmax()
	writeLogSumExp()
	writeSoftmaxGrad()
	writeLogSoftmaxGrad()
	Generate()
}
