//go:build !amd64

package cpu

// HasBFloat16 reports whether the processor multiplies bfloat16 vectors (AVX512_BF16).
func HasBFloat16() bool { return false }

func detect() Level { return Portable }
