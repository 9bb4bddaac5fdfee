package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// maskOnes is how many ones, and how many zeros after them, the mask table has.
const maskOnes = 16

var maskTable *Mem

// columnMask returns the table from which AVX2 kernels read the mask of a
// partial vector.
func columnMask() Mem {
	if maskTable == nil {
		m := GLOBL("columnMask", RODATA|NOPTR)
		for i := range 2 * maskOnes {
			ones := uint32(0)
			if i < maskOnes {
				ones = ^ones
			}
			DATA(4*i, U32(ones))
		}
		maskTable = &m
	}
	return *maskTable
}
