package simdgen

import "math"

// π/2 in three parts: with fused multiply-add, x - n π/2 is exact in the first
// part and keeps its relative accuracy in the others for |x| up to 2^17.
const (
	halfPiHigh = 1.57079637
	halfPiMid  = -4.37113883e-08
	halfPiLow  = -1.71512451e-15
)

// sineTail gives p in sin r = r + r³ p(r²), cosineTail gives p in cos r = 1 - r²/2 + r⁴ p(r²), for |r| <= π/4, errors
// 4e-9 and 2e-10.
var (
	sineTail   = []float64{-0.000195120287, 0.00833213702, -0.166666538}
	cosineTail = []float64{2.4429437e-05, -0.00138872839, 0.0416666456}
)

// Sin returns sin x, accurate for |x| <= 2^17. It is that of |x| with the sign of x, so that -0 keeps its own.
func (k *Kernel) Sin(x V) V {
	y, flip := k.trig(k.Abs(x), 0)
	return k.Xor(y, k.SignBit(k.Xor(flip, x)))
}

// Cos returns cos x, accurate for |x| <= 2^17.
func (k *Kernel) Cos(x V) V {
	y, flip := k.trig(x, 1)
	return k.Xor(y, k.SignBit(flip))
}

// trig returns sin(x + quarters π/2), or its negative where the sign bit of flip is set.
func (k *Kernel) trig(x V, quarters uint32) (y, flip V) {
	n := k.Round(k.Mul(x, C(2/math.Pi)), Nearest)
	r := k.Copy(x)
	k.MulSub(r, n, C(halfPiHigh))
	k.MulSub(r, n, C(halfPiMid))
	k.MulSub(r, n, C(halfPiLow))
	quarter := k.ToInt(n)
	if quarters > 0 {
		quarter = k.AddInt(quarter, Bits(quarters))
	}
	square := k.Mul(r, r)

	sine := k.Mul(k.Polynomial(square, sineTail...), square)
	k.Step(sine, r, r)
	cosine := k.Polynomial(square, cosineTail...)
	k.Step(cosine, square, C(-0.5))
	k.Step(cosine, square, C(1))

	odd := k.SignMask(k.ShiftLeft(quarter, 31))
	flip = k.ShiftLeft(quarter, 30)
	return k.Select(odd, cosine, sine), flip
}
