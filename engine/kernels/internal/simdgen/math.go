package simdgen

import "math"

// The polynomials are minimax fits of relative error (Remez's algorithm, in
// 40 digits, coefficients rounded to float32); the error stated is that of the
// exact polynomial. An ulp is 6e-8 to 1.2e-7.

// ln 2 in two parts: with fused multiply-add the first may use all its bits.
const (
	ln2High = 0.693147182
	ln2Low  = -1.90465421e-09
)

// expTail gives q in eʳ = 1 + r + r² q for |r| <= ln 2/2, error 3e-9.
var expTail = []float64{0.00139505963, 0.00836895313, 0.041666206, 0.166665182, 0.5}

// ExpRange is the interval outside which eˣ is 0 or infinite.
const (
	ExpLeast    = -104
	ExpGreatest = 89
)

// ClampLow returns max(x, least), and NaN for NaN.
func (k *Kernel) ClampLow(x V, least float64) V { return k.Max(k.Broadcast(C(least)), x) }

// ClampHigh returns min(x, greatest), and NaN for NaN.
func (k *Kernel) ClampHigh(x V, greatest float64) V { return k.Min(k.Broadcast(C(greatest)), x) }

// expReduce returns n and r with x = n ln 2 + r, |r| <= ln 2/2, n an integer.
func (k *Kernel) expReduce(x V) (n, r V) {
	n = k.Round(k.Mul(x, C(math.Log2E)), Nearest)
	r = k.Copy(x)
	k.MulSub(r, n, C(ln2High))
	k.MulSub(r, n, C(ln2Low))
	return n, r
}

// Exp returns eˣ, to 1 ulp.
func (k *Kernel) Exp(x V) V {
	return k.ExpBelow(k.ClampHigh(x, ExpGreatest))
}

// ExpBelow is Exp for x <= ExpGreatest.
func (k *Kernel) ExpBelow(x V) V {
	n, r := k.expReduce(k.ClampLow(x, ExpLeast))
	return k.expFinish(n, r)
}

func (k *Kernel) expFinish(n, r V) V {
	p := k.Polynomial(r, expTail...)
	k.Step(p, r, C(1))
	k.Step(p, r, C(1))
	return k.Ldexp(p, n)
}

// Expm1 returns eˣ - 1.
func (k *Kernel) Expm1(x V) V {
	n, r := k.expReduce(k.ClampHigh(k.ClampLow(x, -30), ExpGreatest))
	p := k.Polynomial(r, expTail...)
	k.Step(p, k.Mul(r, r), r)
	// For n = 128, 2ⁿ is infinite: the power is split in two halves.
	half := k.Ldexp(k.Broadcast(C(1)), k.Sub(n, C(1)))
	k.Step(p, half, k.Sub(half, C(0.5)))
	result := k.Add(p, p)
	return k.Select(k.Compare(Equal, x, C(0)), x, result)
}

// logTail gives p in ln(1+f) = f - f²/2 + f³ p for f in [-1/3, 1/3], error 9e-10.
var logTail = []float64{
	0.120070577, -0.128450677, 0.107542612, -0.121957764, 0.143044546, -0.16679579, 0.19999598, -0.249998197, 0.333333343,
}

const (
	exponentShift = 23
	twoThirds     = 0x3f2aaaab // the bits of 2/3
	leastNormal   = 0x1p-126
)

// logSplit returns n and m with x = m 2ⁿ and m in [2/3, 4/3), for normal x > 0. n is an integer vector.
func (k *Kernel) logSplit(x V) (n, m V) {
	n = k.ShiftRight(k.SubInt(x, Bits(twoThirds)), exponentShift)
	return n, k.SubInt(x, k.ShiftLeft(n, exponentShift))
}

// logFinish returns ln(1+f) + n ln 2 for f in [-1/3, 1/3].
func (k *Kernel) logFinish(n, f V) V {
	square := k.Mul(f, f)
	p := k.Polynomial(f, logTail...)
	p = k.Mul(k.Mul(p, f), square)
	k.MulAdd(p, n, C(ln2Low))
	k.MulAdd(p, square, C(-0.5))
	y := k.Add(f, p)
	k.MulAdd(y, n, C(ln2High))
	return y
}

// logSpecial mends y = ln x where x is 0, negative, infinite or NaN.
func (k *Kernel) logSpecial(y, x V) V {
	y = k.Select(k.Compare(NotLess, x, Bits(infinity)), x, y)
	y = k.Select(k.Compare(Equal, x, C(0)), Bits(infinity|signBit), y)
	return k.Select(k.Compare(Less, x, C(0)), Bits(quietNaN), y)
}

const (
	infinity = 0x7f800000
	quietNaN = 0x7fc00000
)

// Log returns ln x.
func (k *Kernel) Log(x V) V {
	const lift = 23
	small := k.Compare(Less, x, C(leastNormal))
	scaled := k.Select(small, k.Mul(x, C(1<<lift)), x)
	whole, m := k.logSplit(scaled)
	n := k.FromInt(whole)
	n = k.Select(small, k.Sub(n, C(lift)), n)
	return k.logSpecial(k.logFinish(n, k.Sub(m, C(1))), x)
}

// Log1p returns ln(1+x) as ln u + lost/u with u the rounded 1+x and lost its rounding error.
func (k *Kernel) Log1p(x V) V {
	u := k.Add(x, C(1))
	whole, m := k.logSplit(u)
	// The error of u is x - (u-1) if |x| < 1, else 1 - (u-x).
	near := k.Sub(x, k.Sub(u, C(1)))
	far := k.Sub(k.Broadcast(C(1)), k.Sub(u, x))
	lost := k.Select(k.Compare(Less, k.Abs(x), C(1)), near, far)
	y := k.logFinish(k.FromInt(whole), k.Sub(m, C(1)))
	k.Accumulate(y, k.Div(lost, u))
	return k.Select(k.Compare(Equal, x, C(0)), x, k.logSpecial(y, u))
}

// tanhTail gives p in tanh x = x + x³ p(x²) for |x| <= 0.6, error 3e-9.
var tanhTail = []float64{-0.00589515595, 0.0207959693, -0.0537838303, 0.133319244, -0.333332986}

// Tanh returns tanh x: a polynomial near 0, 1 - 2/(e^2|x| + 1) elsewhere.
func (k *Kernel) Tanh(x V) V {
	const edge, one = 0.6, 10 // tanh rounds to 1 from 9.01 on
	size := k.Abs(x)
	square := k.Mul(x, x)
	near := k.Polynomial(square, tanhTail...)
	near = k.Mul(near, square)
	k.Step(near, x, x)
	e := k.ExpBelow(k.ClampHigh(k.Add(size, size), 2*one))
	far := k.Sub(k.Broadcast(C(1)), k.Div(k.Broadcast(C(2)), k.Add(e, C(1))))
	y := k.Select(k.Compare(Less, size, C(edge)), near, far)
	return k.Or(y, k.SignBit(x)) // of near, too: the polynomial makes 0 of -0
}

// Logistic returns 1/(1 + e⁻ˣ).
func (k *Kernel) Logistic(x V) V {
	e := k.ExpBelow(k.Or(x, Bits(signBit))) // exp(-|x|)
	numerator := k.Select(k.Compare(Less, x, C(0)), e, k.Broadcast(C(1)))
	return k.Div(numerator, k.Add(e, C(1)))
}

// erfNear gives p in erf x = x + x p(x²) for |x| <= 0.93, error 5e-10; erfFar gives p in
// erf t = 1 - exp(-t p(t)) for t in [0.92, 4], error 3e-9.
var (
	erfNear = []float64{
		8.31677244e-05, -0.000813001185, 0.00519990642, -0.0268589407, 0.112836875, -0.376126319, 0.128379166,
	}
	erfFar = []float64{-0.000213984473, 0.0032149523, -0.022889955, 0.105261832, 0.635718346, 1.12851441}
)

// Erf returns the error function.
func (k *Kernel) Erf(x V) V {
	const edge, one = 0.925, 4 // erf rounds to 1 from 3.83 on
	size := k.Abs(x)
	near := k.Polynomial(k.Mul(x, x), erfNear...)
	k.Step(near, x, x)
	t := k.ClampHigh(size, one)
	p := k.Polynomial(t, erfFar...)
	e := k.ExpBelow(k.Neg(k.Mul(p, t)))
	far := k.Or(k.Sub(k.Broadcast(C(1)), e), k.SignBit(x))
	return k.Select(k.Compare(Less, size, C(edge)), near, far)
}

// normalTail gives p in Φ(-t) = exp(-t²/2) w p(w), w = 1/(1 + 0.35 t), for t in [0, 14], error 3e-8.
var normalTail = []float64{
	-0.0291458778, 0.143971473, -0.25571382, 0.159173742, -0.0231095869, 0.105507918, 0.119832888,
	0.139861867, 0.139621407,
}

const normalScale = 0.35

// expProduct returns exp(-x factor) for x and factor in [0, 104], without the error that rounding the product makes.
func (k *Kernel) expProduct(x, factor V) V {
	product := k.Mul(x, factor)
	lost := k.Copy(x) // what rounding took from the product
	k.StepSub(lost, factor, product)
	n, r := k.expReduce(k.ClampLow(k.Neg(product), ExpLeast))
	return k.expFinish(n, k.Sub(r, lost))
}

// normal returns |x|, at most 15, exp(-x²/2) and Φ(-|x|).
func (k *Kernel) normal(x V) (size, bell, tail V) {
	const zero = 15 // exp(-x²/2) rounds to 0 from 14.4 on
	size = k.ClampHigh(k.Abs(x), zero)
	bell = k.expProduct(size, k.Mul(size, C(0.5)))
	w := k.Copy(size)
	k.Step(w, k.Broadcast(C(normalScale)), C(1))
	w = k.Div(k.Broadcast(C(1)), w)
	tail = k.Mul(k.Polynomial(w, normalTail...), w)
	return size, bell, k.Mul(tail, bell)
}

// Gelu returns x Φ(x) as max(x, 0) - |x| Φ(-|x|).
func (k *Kernel) Gelu(x V) V {
	size, _, tail := k.normal(x)
	y := k.Max(k.Zero(), x)
	k.MulSub(y, size, tail)
	return y
}

// GeluGrad returns Φ(x) + x exp(-x²/2)/√(2π).
func (k *Kernel) GeluGrad(x V) V {
	size, bell, tail := k.normal(x)
	y := k.Select(k.Compare(Less, x, C(0)), tail, k.Sub(k.Broadcast(C(1)), tail))
	slope := k.Or(k.Mul(size, C(1/math.Sqrt(2*math.Pi))), k.SignBit(x))
	k.MulAdd(y, slope, bell)
	return y
}
