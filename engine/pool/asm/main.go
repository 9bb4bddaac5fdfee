// Command asm generates the spin-wait hint of package pool.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	TEXT("pause", NOSPLIT, "func()")
	Doc("pause tells the processor that this is a spin loop (PAUSE).")
	PAUSE()
	RET()
	Generate()
}
