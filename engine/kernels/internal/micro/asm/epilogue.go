package main

import (
	"unsafe"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi"
)

// epilogue emits what happens to the sums of a tile before they are stored.
type epilogue struct {
	*tileGen
	suffix string // of labels
	// load loads a vector of a row into the first register of B.
	load func(vector int, m Mem)
	// eachRow visits the vectors of all rows of a matrix laid out as C.
	eachRow func(base reg.GPPhysical, visit func(row, vector int, m Mem))
}

func (e *epilogue) run() {
	r, x := e.regs, e.b[0]
	TESTQ(r.flags, r.flags)
	JEQ(LabelRef("store" + e.suffix))
	e.when(abi.FlagAlpha, "beta", func() {
		VBROADCASTSS(e.field(unsafe.Offsetof(abi.Tile{}.Alpha)), x)
		for _, acc := range e.acc {
			VMULPS(x, acc, acc)
		}
	})
	e.when(abi.FlagBeta, "scale", func() {
		y := append(e.b, e.free...)[1]
		VBROADCASTSS(e.field(unsafe.Offsetof(abi.Tile{}.Beta)), y)
		e.eachRow(r.c, func(row, v int, m Mem) {
			e.load(v, m)
			VFMADD231PS(x, y, e.at(row, v))
		})
	})
	e.when(abi.FlagScale, "shift", func() {
		e.eachColumn(unsafe.Offsetof(abi.Tile{}.Scale), func(acc reg.VecPhysical) { VMULPS(x, acc, acc) })
	})
	e.when(abi.FlagShift, "residual", func() {
		e.eachColumn(unsafe.Offsetof(abi.Tile{}.Shift), func(acc reg.VecPhysical) { VADDPS(x, acc, acc) })
	})
	e.when(abi.FlagResidual, "relu", func() {
		e.eachRow(r.residual, func(row, v int, m Mem) {
			e.load(v, m)
			VADDPS(x, e.at(row, v), e.at(row, v))
		})
	})
	e.when(abi.FlagReLU, "store", func() {
		gen.Zero(x)
		for _, acc := range e.acc {
			VMAXPS(acc, x, acc) // a NaN in the second source is kept
		}
	})
}

// when emits a step that runs if the flag is set, and the label of the next step.
func (e *epilogue) when(flag uint32, next string, step func()) {
	TESTL(U32(flag), e.regs.flags.As32())
	JEQ(LabelRef(next + e.suffix))
	step()
	Label(next + e.suffix)
}

// eachColumn loads the vectors of a row that is the same for the whole tile and combines them with every row.
func (e *epilogue) eachColumn(field uintptr, combine func(acc reg.VecPhysical)) {
	MOVQ(e.field(field), e.regs.p)
	for v := range e.vectors {
		e.load(v, Mem{Base: e.regs.p, Disp: v * e.Bytes()})
		for row := range e.rows {
			combine(e.at(row, v))
		}
	}
}
