// Package vector has the elementwise float32 functions of the engine.
//
// The functions are serial and meant for blocks that stay in the L1 cache
// (about 1,000 to 4,000 floats): a chain of operations runs block by block, and
// the caller splits the blocks among threads. A destination may be one of the
// operands, but may not overlap one otherwise. Operands that are too short, or
// rows that do not divide a block, are errors of the caller and panic.
//
// An element's result depends on its operands only, never on its place in the
// block. The AVX-512 and AVX2 tiers give the same bits, save for those of a NaN.
// The portable tier computes transcendental functions in float64 and rounds
// once, as every tier does Pow, whose error is half a unit of the last place and
// 1e-7 of one. The largest errors of the others, in units of the last place,
// are: Exp and Log 1, Rsqrt 1.5, Expm1, Log1p, Tanh, Erf, Sin and Cos 2, Logistic 2.5,
// Gelu 8 (where the result is above 1e-36). GeluGrad is within 4e-7, absolute.
// All other functions are rounded correctly. Denormal numbers are not flushed.
package vector

import (
	"fmt"
	"math"
)

// Unary sets dst[i] = op(x[i]) for every i below len(dst). x has at least as many elements.
func Unary(op UnaryOp, dst, x []float32) {
	active().unary[op](dst, x[:len(dst)])
}

// Binary sets dst[i] = op(a[i], b[i]) for every i below len(dst). a and b have at least as many elements.
func Binary(op BinaryOp, dst, a, b []float32) {
	active().binary[op](dst, a[:len(dst)], b[:len(dst)])
}

// BinaryScalar sets dst[i] = op(a[i], s). For s on the left use a reverse op (ReverseSub, ReverseDiv, ReversePow).
func BinaryScalar(op BinaryOp, dst, a []float32, s float32) {
	switch { // cheaper ops that give the same bits
	case op == Pow && s == 2:
		Unary(Square, dst, a)
		return
	case op == Pow && s == -1:
		Unary(Reciprocal, dst, a)
		return
	case op == Div && isPowerOfTwo(s):
		op, s = Mul, 1/s
	}
	active().scalar[op](dst, a[:len(dst)], s)
}

// isPowerOfTwo reports whether s is a power of two whose reciprocal is one, neither being denormal.
func isPowerOfTwo(s float32) bool {
	fraction, exponent := math.Frexp(math.Abs(float64(s)))
	return fraction == 0.5 && exponent > -125 && exponent < 127
}

// BinaryColumn broadcasts the column v over dst and a, which are [len(v), C]: dst[r,c] = op(a[r,c], v[r]).
// C is len(dst)/len(v), which must divide.
func BinaryColumn(op BinaryOp, dst, a, v []float32) {
	checkRows(len(dst), len(v))
	if len(v) == 0 {
		return
	}
	scalar, cols := active().scalar[op], len(dst)/len(v)
	for r, s := range v {
		scalar(dst[r*cols:][:cols], a[r*cols:][:cols], s)
	}
}

// checkRows panics unless n elements are whole rows.
func checkRows(n, cols int) {
	if n != 0 && (cols == 0 || n%cols != 0) {
		panic(fmt.Sprintf("vector: %d elements are not whole rows of %d", n, cols))
	}
}

// Prefetch asks for x to be brought into the second-level cache, and does not wait for it.
func Prefetch(x []float32) { active().prefetch(x) }

// Fill sets every element of dst to s.
func Fill(dst []float32, s float32) {
	if len(dst) == 0 {
		return
	}
	dst[0] = s
	for n := 1; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}
