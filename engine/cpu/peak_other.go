//go:build !amd64

package cpu

func multiply(_ Level, rounds int) { multiplyGo(rounds) }
