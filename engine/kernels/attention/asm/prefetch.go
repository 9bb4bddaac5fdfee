package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// writePrefetch writes a function that asks for rows of size bytes, stride bytes apart, to be brought into the cache.
// It is the same for all tiers.
func writePrefetch() {
	const line = 64
	build.TEXT("prefetchRows", attr.NOSPLIT, "func(data *float32, rows, stride, size int)")
	build.Pragma("noescape")
	data, rows := build.Load(build.Param("data"), build.GP64()), build.Load(build.Param("rows"), build.GP64())
	stride, size := build.Load(build.Param("stride"), build.GP64()), build.Load(build.Param("size"), build.GP64())
	build.TESTQ(rows, rows)
	build.JLE(operand.LabelRef("done"))
	build.Label("row")
	at, left := build.GP64(), build.GP64()
	build.MOVQ(data, at)
	build.MOVQ(size, left)
	build.Label("line")
	build.PREFETCHT0(operand.Mem{Base: at})
	build.ADDQ(operand.Imm(line), at)
	build.SUBQ(operand.Imm(line), left)
	build.JGT(operand.LabelRef("line"))
	build.ADDQ(stride, data)
	build.DECQ(rows)
	build.JNE(operand.LabelRef("row"))
	build.Label("done")
	build.RET()
}
