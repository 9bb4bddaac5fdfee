// Command asm generates the inner loops of decoding with vectors of integers (AVX2). They give the same values as the
// loops in Go, which say what they mean.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	inverse()
	weigh()
	double()
	colors()
	Generate()
}

func leaf(name, signature, comment string) {
	TEXT(name+"AVX2", NOSPLIT, signature)
	Doc(name + "AVX2 " + comment)
	Pragma("noescape")
}

// numbers is a constant in all lanes of a vector of 32 bits each.
func numbers(name string, value int32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, I32(value))
	}
	return m
}

// words is a constant in all lanes of a vector of 16 bits each.
func words(name string, value int32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 16 {
		DATA(2*i, I16(int16(value)))
	}
	return m
}

// pointer loads a parameter.
func pointer(name string) reg.Register { return Load(Param(name), GP64()) }
