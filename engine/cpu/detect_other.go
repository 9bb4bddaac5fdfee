//go:build !amd64

package cpu

func detect() (best Level, bfloat16 bool) { return Portable, false }
