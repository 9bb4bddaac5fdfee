package cpu

import "golang.org/x/sys/cpu"

// detect returns the best tier, and whether the processor multiplies pairs of bfloat16.
func detect() (best Level, bfloat16 bool) {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Portable, false
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512, x.HasAVX512BF16
	}
	return AVX2, false
}
