// Command asm generates the processor instructions that package pool needs.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	TEXT("pause", NOSPLIT, "func()")
	Doc("pause tells the processor that this is a spin loop (PAUSE).")
	PAUSE()
	RET()

	TEXT("processorID", NOSPLIT, "func() uint32")
	Doc("processorID returns the number of the processor it runs on, as Linux leaves it in TSC_AUX (RDTSCP).")
	RDTSCP()
	ANDL(U32(0xfff), reg.ECX) // above are the bits of the node
	Store(reg.ECX, ReturnIndex(0))
	RET()
	Generate()
}
