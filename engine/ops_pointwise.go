package engine

import (
	"github.com/gomlx/compute"
)

type unaryOp func(f compute.Function, x compute.Value) (compute.Value, error)

type binaryOp func(f compute.Function, lhs, rhs compute.Value) (compute.Value, error)

func (f *Function) unary(op compute.OpType, declare unaryOp, x compute.Value) (compute.Value, error) {
	return f.single(op, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return one(declare(f, in[0]))
	}, x)
}

func (f *Function) binary(op compute.OpType, declare binaryOp, lhs, rhs compute.Value) (compute.Value, error) {
	return f.single(op, nil, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		return one(declare(f, in[0], in[1]))
	}, lhs, rhs)
}

// Abs implements compute.StandardOps.
func (f *Function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, compute.Function.Abs, x)
}

// BitCount implements compute.StandardOps.
func (f *Function) BitCount(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitCount, compute.Function.BitCount, x)
}

// BitwiseNot implements compute.StandardOps.
func (f *Function) BitwiseNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitwiseNot, compute.Function.BitwiseNot, x)
}

// Ceil implements compute.StandardOps.
func (f *Function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCeil, compute.Function.Ceil, x)
}

// Clz implements compute.StandardOps.
func (f *Function) Clz(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeClz, compute.Function.Clz, x)
}

// Cos implements compute.StandardOps.
func (f *Function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCos, compute.Function.Cos, x)
}

// Erf implements compute.StandardOps.
func (f *Function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeErf, compute.Function.Erf, x)
}

// Exp implements compute.StandardOps.
func (f *Function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, compute.Function.Exp, x)
}

// Expm1 implements compute.StandardOps.
func (f *Function) Expm1(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExpm1, compute.Function.Expm1, x)
}

// Floor implements compute.StandardOps.
func (f *Function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeFloor, compute.Function.Floor, x)
}

// Identity implements compute.StandardOps.
func (f *Function) Identity(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIdentity, compute.Function.Identity, x)
}

// IsFinite implements compute.StandardOps.
func (f *Function) IsFinite(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIsFinite, compute.Function.IsFinite, x)
}

// IsNaN implements compute.StandardOps.
func (f *Function) IsNaN(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIsNaN, compute.Function.IsNaN, x)
}

// Log implements compute.StandardOps.
func (f *Function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, compute.Function.Log, x)
}

// Log1p implements compute.StandardOps.
func (f *Function) Log1p(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog1p, compute.Function.Log1p, x)
}

// LogicalNot implements compute.StandardOps.
func (f *Function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, compute.Function.LogicalNot, x)
}

// Logistic implements compute.StandardOps.
func (f *Function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, compute.Function.Logistic, x)
}

// Neg implements compute.StandardOps.
func (f *Function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, compute.Function.Neg, x)
}

// Round implements compute.StandardOps.
func (f *Function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRound, compute.Function.Round, x)
}

// Rsqrt implements compute.StandardOps.
func (f *Function) Rsqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRsqrt, compute.Function.Rsqrt, x)
}

// Sign implements compute.StandardOps.
func (f *Function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, compute.Function.Sign, x)
}

// Sin implements compute.StandardOps.
func (f *Function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSin, compute.Function.Sin, x)
}

// Sqrt implements compute.StandardOps.
func (f *Function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, compute.Function.Sqrt, x)
}

// Tanh implements compute.StandardOps.
func (f *Function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeTanh, compute.Function.Tanh, x)
}

// Conj implements compute.StandardOps.
func (f *Function) Conj(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeConj, compute.Function.Conj, x)
}

// Real implements compute.StandardOps.
func (f *Function) Real(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeReal, compute.Function.Real, x)
}

// Imag implements compute.StandardOps.
func (f *Function) Imag(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeImag, compute.Function.Imag, x)
}

// Add implements compute.StandardOps.
func (f *Function) Add(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, compute.Function.Add, lhs, rhs)
}

// Atan2 implements compute.StandardOps.
func (f *Function) Atan2(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAtan2, compute.Function.Atan2, lhs, rhs)
}

// BitwiseAnd implements compute.StandardOps.
func (f *Function) BitwiseAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseAnd, compute.Function.BitwiseAnd, lhs, rhs)
}

// BitwiseOr implements compute.StandardOps.
func (f *Function) BitwiseOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseOr, compute.Function.BitwiseOr, lhs, rhs)
}

// BitwiseXor implements compute.StandardOps.
func (f *Function) BitwiseXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseXor, compute.Function.BitwiseXor, lhs, rhs)
}

// Complex implements compute.StandardOps.
func (f *Function) Complex(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeComplex, compute.Function.Complex, lhs, rhs)
}

// Div implements compute.StandardOps.
func (f *Function) Div(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, compute.Function.Div, lhs, rhs)
}

// Equal implements compute.StandardOps.
func (f *Function) Equal(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeEqual, compute.Function.Equal, lhs, rhs)
}

// EqualTotalOrder implements compute.StandardOps.
func (f *Function) EqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeEqualTotalOrder, compute.Function.EqualTotalOrder, lhs, rhs)
}

// GreaterOrEqual implements compute.StandardOps.
func (f *Function) GreaterOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterOrEqual, compute.Function.GreaterOrEqual, lhs, rhs)
}

// GreaterOrEqualTotalOrder implements compute.StandardOps.
func (f *Function) GreaterOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterOrEqualTotalOrder, compute.Function.GreaterOrEqualTotalOrder, lhs, rhs)
}

// GreaterThan implements compute.StandardOps.
func (f *Function) GreaterThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterThan, compute.Function.GreaterThan, lhs, rhs)
}

// GreaterThanTotalOrder implements compute.StandardOps.
func (f *Function) GreaterThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeGreaterThanTotalOrder, compute.Function.GreaterThanTotalOrder, lhs, rhs)
}

// LessOrEqual implements compute.StandardOps.
func (f *Function) LessOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessOrEqual, compute.Function.LessOrEqual, lhs, rhs)
}

// LessOrEqualTotalOrder implements compute.StandardOps.
func (f *Function) LessOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessOrEqualTotalOrder, compute.Function.LessOrEqualTotalOrder, lhs, rhs)
}

// LessThan implements compute.StandardOps.
func (f *Function) LessThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessThan, compute.Function.LessThan, lhs, rhs)
}

// LessThanTotalOrder implements compute.StandardOps.
func (f *Function) LessThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLessThanTotalOrder, compute.Function.LessThanTotalOrder, lhs, rhs)
}

// LogicalAnd implements compute.StandardOps.
func (f *Function) LogicalAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, compute.Function.LogicalAnd, lhs, rhs)
}

// LogicalOr implements compute.StandardOps.
func (f *Function) LogicalOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, compute.Function.LogicalOr, lhs, rhs)
}

// LogicalXor implements compute.StandardOps.
func (f *Function) LogicalXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, compute.Function.LogicalXor, lhs, rhs)
}

// Max implements compute.StandardOps.
func (f *Function) Max(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, compute.Function.Max, lhs, rhs)
}

// Min implements compute.StandardOps.
func (f *Function) Min(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, compute.Function.Min, lhs, rhs)
}

// Mul implements compute.StandardOps.
func (f *Function) Mul(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, compute.Function.Mul, lhs, rhs)
}

// NotEqual implements compute.StandardOps.
func (f *Function) NotEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeNotEqual, compute.Function.NotEqual, lhs, rhs)
}

// NotEqualTotalOrder implements compute.StandardOps.
func (f *Function) NotEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeNotEqualTotalOrder, compute.Function.NotEqualTotalOrder, lhs, rhs)
}

// Pow implements compute.StandardOps.
func (f *Function) Pow(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, compute.Function.Pow, lhs, rhs)
}

// Rem implements compute.StandardOps.
func (f *Function) Rem(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeRem, compute.Function.Rem, lhs, rhs)
}

// ShiftLeft implements compute.StandardOps.
func (f *Function) ShiftLeft(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftLeft, compute.Function.ShiftLeft, lhs, rhs)
}

// ShiftRightArithmetic implements compute.StandardOps.
func (f *Function) ShiftRightArithmetic(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightArithmetic, compute.Function.ShiftRightArithmetic, lhs, rhs)
}

// ShiftRightLogical implements compute.StandardOps.
func (f *Function) ShiftRightLogical(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightLogical, compute.Function.ShiftRightLogical, lhs, rhs)
}

// Sub implements compute.StandardOps.
func (f *Function) Sub(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, compute.Function.Sub, lhs, rhs)
}
