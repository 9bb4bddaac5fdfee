package exec

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

type signedInteger interface{ int8 | int16 | int32 | int64 }

type unsignedInteger interface {
	uint8 | uint16 | uint32 | uint64
}

type integer interface {
	signedInteger | unsignedInteger
}

type number interface{ integer | float32 | float64 }

// typeFunctions are those of one type of elements; nil where the engine has none.
type typeFunctions struct {
	pointwise func(op compute.OpType) blockFunc
	reduce    func(op compute.OpType) reduceFunc
	scatter   func(op ir.Op) func(acc, x []byte) // combines a row with an update
	argMinMax func(least bool) argFunc
	convert   func(to dtypes.DType) func(dst, src []byte)
	index     func(b []byte, i int) int // reads an element
	dot       plainDotFunc
}

// typed has the functions of the types that ops run on in plain Go. What float32 has kernels for is theirs.
var typed = map[dtypes.DType]typeFunctions{
	dtypes.Bool:     {pointwise: boolFunc, reduce: reduceBool, convert: convertFrom[uint8]},
	dtypes.BFloat16: {convert: convertFromBFloat16},
	dtypes.Float32: {
		pointwise: floatFunc[float32], reduce: reduceFloat32, scatter: scatterFloat32, argMinMax: argMinMax[float32],
		convert: convertFrom[float32],
	},
	dtypes.Float64: {
		pointwise: floatFunc[float64], reduce: reduceNumbers[float64], scatter: scatterFunc[float64],
		argMinMax: argMinMax[float64],
		convert:   convertFrom[float64], dot: multiplyRows[float64],
	},
	dtypes.Int8:   integerFunctions[int8, uint8](),
	dtypes.Int16:  integerFunctions[int16, uint16](),
	dtypes.Int32:  integerFunctions[int32, uint32](),
	dtypes.Int64:  integerFunctions[int64, uint64](),
	dtypes.Uint8:  integerFunctions[uint8, uint8](),
	dtypes.Uint16: integerFunctions[uint16, uint16](),
	dtypes.Uint32: integerFunctions[uint32, uint32](),
	dtypes.Uint64: integerFunctions[uint64, uint64](),
}

// integerFunctions are those of T; U is the unsigned type of the same size.
func integerFunctions[T integer, U unsignedInteger]() typeFunctions {
	return typeFunctions{
		pointwise: integerFunc[T, U], reduce: reduceIntegers[T], scatter: scatterFunc[T], argMinMax: argMinMax[T],
		convert: convertFrom[T], index: indexOf[T], dot: multiplyRows[T],
	}
}
