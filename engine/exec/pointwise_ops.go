package exec

import (
	"math"
	"math/bits"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// blockFuncOf returns the function of a pointwise op, or nil if there is none for its type.
func blockFuncOf(n *ir.Node) blockFunc {
	op, dtype := compute.OpType(n.Op), n.Inputs[len(n.Inputs)-1].Shape.DType
	if op == compute.OpTypeWhere {
		return whereFunc(dtype)
	}
	if of := typed[dtype].pointwise; of != nil {
		return of(op)
	}
	return nil
}

// whereFunc selects elements by their bits.
func whereFunc(dtype dtypes.DType) blockFunc {
	if dtype.IsPacked() {
		return nil
	}
	switch dtype.Size() {
	case 1:
		return where[uint8]
	case 2:
		return where[uint16]
	case 4:
		return where[uint32]
	case 8:
		return where[uint64]
	}
	return nil
}

func where[T any](dst []byte, operands [][]byte) {
	d, condition, a, b := view[T](dst), view[bool](operands[0]), view[T](operands[1]), view[T](operands[2])
	condition, a, b = condition[:len(d)], a[:len(d)], b[:len(d)]
	for i := range d {
		x := b[i]
		if condition[i] {
			x = a[i]
		}
		d[i] = x
	}
}

func boolFunc(op compute.OpType) blockFunc {
	switch op {
	case compute.OpTypeEqual, compute.OpTypeNotEqual:
		return comparison[uint8](op)
	}
	return nil
}

// numberFunc has the ops of all numbers.
func numberFunc[T number](op compute.OpType) blockFunc {
	if f := comparison[T](op); f != nil {
		return f
	}
	if loop := arithmeticLoop[T](op); loop != nil {
		return func(dst []byte, operands [][]byte) {
			d := view[T](dst)
			loop(d, view[T](operands[0])[:len(d)], view[T](operands[1])[:len(d)])
		}
	}
	switch op {
	case compute.OpTypeNeg:
		return unary(func(x T) T { return -x })
	case compute.OpTypeAbs:
		return unary(func(x T) T {
			if x < 0 {
				return -x
			}
			return x
		})
	case compute.OpTypeSign:
		return unary(func(x T) (sign T) {
			switch {
			case x < 0:
				sign--
			case x > 0:
				sign++
			}
			return sign
		})
	case compute.OpTypeClamp:
		return func(dst []byte, operands [][]byte) {
			d, low, x, high := view[T](dst), view[T](operands[0]), view[T](operands[1]), view[T](operands[2])
			for i := range d {
				d[i] = min(max(x[i], low[i]), high[i])
			}
		}
	}
	return nil
}

// functions are those of one operand, for floating-point numbers.
var functions = map[compute.OpType]func(float64) float64{
	compute.OpTypeExp: math.Exp, compute.OpTypeExpm1: math.Expm1, compute.OpTypeLog: math.Log,
	compute.OpTypeLog1p: math.Log1p,
	compute.OpTypeCeil:  math.Ceil, compute.OpTypeFloor: math.Floor, compute.OpTypeRound: math.RoundToEven,
	compute.OpTypeSqrt: math.Sqrt, compute.OpTypeSin: math.Sin, compute.OpTypeCos: math.Cos, compute.OpTypeTanh: math.Tanh,
	compute.OpTypeErf:      math.Erf,
	compute.OpTypeRsqrt:    func(x float64) float64 { return 1 / math.Sqrt(x) },
	compute.OpTypeLogistic: logistic,
}

// logistic avoids the overflow of exp.
func logistic(x float64) float64 {
	e := math.Exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

var functionsOfTwo = map[compute.OpType]func(a, b float64) float64{
	compute.OpTypePow: math.Pow, compute.OpTypeRem: math.Mod, compute.OpTypeAtan2: math.Atan2,
}

func floatFunc[T float32 | float64](op compute.OpType) blockFunc {
	if f := functions[op]; f != nil {
		return unary(func(x T) T { return T(f(float64(x))) })
	}
	if f := functionsOfTwo[op]; f != nil {
		return binary(func(a, b T) T { return T(f(float64(a), float64(b))) })
	}
	switch op {
	case compute.OpTypeIsFinite:
		return unary(func(x T) bool { return x-x == 0 })
	case compute.OpTypeIsNaN:
		return unary(func(x T) bool { return x != x })
	}
	return numberFunc[T](op)
}

// integerFunc has the ops of integers of type T; U is the unsigned type of the same size.
func integerFunc[T integer, U unsignedInteger](op compute.OpType) blockFunc {
	switch op {
	case compute.OpTypeBitwiseAnd:
		return binary(func(a, b T) T { return a & b })
	case compute.OpTypeBitwiseOr:
		return binary(func(a, b T) T { return a | b })
	case compute.OpTypeBitwiseXor:
		return binary(func(a, b T) T { return a ^ b })
	case compute.OpTypeBitwiseNot:
		return unary(func(x T) T { return ^x })
	case compute.OpTypeBitCount:
		return unary(func(x T) T { return T(bits.OnesCount64(uint64(U(x)))) })
	case compute.OpTypeClz:
		return unary(func(x T) T { return T(bits.LeadingZeros64(uint64(U(x))) - 64 + bits.OnesCount64(uint64(^U(0)))) })
	case compute.OpTypeRem:
		return binary(func(a, b T) T { return a % b })
	case compute.OpTypePow:
		return binary(powerOf[T])
	case compute.OpTypeShiftLeft:
		return binary(func(a, b T) T { return a << uint(b) })
	case compute.OpTypeShiftRightArithmetic:
		return binary(func(a, b T) T { return a >> uint(b) })
	case compute.OpTypeShiftRightLogical:
		return binary(func(a, b T) T { return T(U(a) >> uint(b)) })
	}
	return numberFunc[T](op)
}

// powerOf returns base to the power of exponent, and 1 for negative exponents, as the Go backend has it.
func powerOf[T integer](base, exponent T) T {
	result := T(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result *= base
		}
		base *= base
	}
	return result
}
