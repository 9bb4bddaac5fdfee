package cpu

//go:generate go run ./asm -out peak_amd64.s -stubs stubs_amd64.go -pkg cpu

func multiply(level Level, rounds int) {
	switch level {
	case AVX512:
		multiplyAVX512(rounds)
	case AVX2:
		multiplyAVX2(rounds)
	default:
		multiplyGo(rounds)
	}
}
