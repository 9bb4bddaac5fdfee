package cpu

import "golang.org/x/sys/cpu"

// HasBFloat16 reports whether the processor multiplies bfloat16 vectors (AVX512_BF16).
func HasBFloat16() bool { return supported == AVX512 && cpu.X86.HasAVX512BF16 }

func detect() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Portable
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}
