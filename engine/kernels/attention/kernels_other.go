//go:build !amd64

package attention

import "github.com/kontrast-ml/kontrast/engine/cpu"

func assemblyTiers(portable *kernels) [3]*kernels {
	return [3]*kernels{cpu.Portable: portable}
}
