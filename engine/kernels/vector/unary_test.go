package vector

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// sample returns float32 bit patterns spread over all 2³², with the special values.
func sample() []float32 {
	const stride = 12_503
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += stride {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for _, v := range []float64{
		0, math.SmallestNonzeroFloat32, 0x1p-126, 0x1p-127, 1, 0.5, 2.0 / 3, 4.0 / 3, 0.6, 0.925, 10, 88.72283, 88.72284,
		103.97, 104, 87.33654, 1 - 0x1p-24, 1 + 0x1p-23, math.MaxFloat32, math.Inf(1), math.Pi, 1e5, 2.5, 3.5, 0x1p23, 0x1p24,
	} {
		x = append(x, float32(v), float32(-v))
	}
	return append(x, float32(math.NaN()))
}

// The exact functions.
var exact = [unaryOps]func(float64) float64{
	Neg: func(x float64) float64 { return -x }, Abs: math.Abs, Sqrt: math.Sqrt,
	Rsqrt:      func(x float64) float64 { return 1 / math.Sqrt(x) },
	Reciprocal: func(x float64) float64 { return 1 / x },
	Square:     func(x float64) float64 { return x * x },
	Exp:        math.Exp, Expm1: math.Expm1, Log: math.Log, Log1p: math.Log1p, Tanh: math.Tanh,
	Logistic: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	Erf:      math.Erf, Sin: math.Sin, Cos: math.Cos, Floor: math.Floor, Ceil: math.Ceil, Round: math.RoundToEven,
	Sign: func(x float64) float64 { return float64(sign(float32(x))) },
	Gelu: func(x float64) float64 {
		if math.IsInf(x, 0) {
			return max(x, 0)
		}
		return x * math.Erfc(-x/math.Sqrt2) / 2
	},
}

// ulps is the distance of got from want in units of the last place of float32 at want.
func ulps(got float32, want float64) float64 {
	rounded := float32(want)
	switch {
	case math.IsNaN(want):
		if got != got {
			return 0
		}
		return math.Inf(1)
	case got == rounded:
		return 0
	case math.IsInf(float64(rounded), 0) || math.IsInf(float64(got), 0) || got != got:
		// The overflow threshold may be missed by the rounding error.
		if math.Abs(float64(got)) >= math.MaxFloat32 && math.Signbit(float64(got)) == math.Signbit(want) {
			return 1
		}
		return math.Inf(1)
	}
	_, exponent := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(exponent-24, -149))
}

// maxUlps is the stated error of the ops that are not listed here: half an ulp.
var maxUlps = map[UnaryOp]float64{
	Rsqrt: 1.5, Exp: 1, Expm1: 2, Log: 1, Log1p: 2, Tanh: 2, Logistic: 2.5, Erf: 2, Sin: 2, Cos: 2, Gelu: 8,
}

func TestUnaryError(t *testing.T) {
	x := sample()
	got := make([]float32, len(x))
	kerneltest.EachTier(t, func(t *testing.T) {
		for op := range unaryOps {
			Unary(op, got, x)
			bound, listed := maxUlps[op]
			if !listed {
				bound = 0.5
			}
			var worst, at float64
			for i, v := range x {
				want := exact[op](float64(v))
				if op == Gelu && math.Abs(float64(got[i])-want) < 1e-36 { // x times a factor that underflows
					continue
				}
				if e := ulps(got[i], want); e > worst {
					worst, at = e, float64(v)
				}
			}
			if !(worst <= bound) {
				t.Errorf("%v(%g): off by %.3g ulp, stated are %g", op, at, worst, bound)
			}
		}
	})
}

func TestUnaryTiersAgree(t *testing.T) {
	x := sample()
	for op := range unaryOps {
		t.Run(op.String(), func(t *testing.T) {
			kerneltest.SameForTiers(t, func() [][]float32 {
				y := make([]float32, len(x))
				Unary(op, y, x)
				return [][]float32{y}
			})
		})
	}
}

// Every length has its own tail: neighbors must stay, and the result may not depend on the place.
func TestUnaryLengths(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		x, want := make([]float32, 150), make([]float32, 150)
		for i := range x {
			x[i] = float32(i)/10 - 3
		}
		for op := range unaryOps {
			Unary(op, want, x)
			for n := range 140 {
				const guard = 1234.5
				got := make([]float32, n+2)
				Fill(got, guard)
				copy(got[1:], x[:n])
				Unary(op, got[1:n+1], got[1:n+1])
				if got[0] != guard || got[n+1] != guard {
					t.Fatalf("%v of %d elements writes outside", op, n)
				}
				for i, v := range got[1 : n+1] {
					if v != want[i] && v == v {
						t.Fatalf("%v of %d elements: element %d is %g, want %g", op, n, i, v, want[i])
					}
				}
			}
		}
	})
}
