package vector

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// TestPowError holds Pow to correct rounding of the power in float64, over all magnitudes and with the special values,
// and for exponents that have cheaper kernels.
func TestPowError(t *testing.T) {
	const bound = 0.5000001 // of float64's own error there is next to nothing left
	var a, b []float32
	bases := sample()
	for i := 0; i < len(bases); i += 97 {
		a = append(a, bases[i], bases[i], 1+float32(i%1000-500)/1e6)
		b = append(b, float32(i%41-20)/8, bases[(i*31+7)%len(bases)], float32(i%90_001-45_000))
	}
	special := []float32{
		0, float32(math.Copysign(0, -1)), 1, -1, 0.5, 2, 3, -3, 1e-40, -1e-40, math.MaxFloat32, math.SmallestNonzeroFloat32,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	}
	for _, x := range special {
		for _, y := range special {
			a, b = append(a, x), append(b, y)
		}
	}
	got := make([]float32, len(a))
	check := func(t *testing.T, exponent func(i int) float32) {
		t.Helper()
		for i, x := range a {
			y := exponent(i)
			want := math.Pow(float64(x), float64(y))
			if e := ulps(got[i], want); !(e <= bound) {
				t.Fatalf("Pow(%g, %g) = %g, want %g: off by %.8g ulp", x, y, got[i], want, e)
			}
			if want == 0 && math.Signbit(want) != math.Signbit(float64(got[i])) {
				t.Fatalf("Pow(%g, %g) = %g has the other sign", x, y, got[i])
			}
		}
	}
	kerneltest.EachTier(t, func(t *testing.T) {
		Binary(Pow, got, a, b)
		check(t, func(i int) float32 { return b[i] })
		for _, s := range []float32{2, -1, 0.5, -0.5, 1, 0, 3} {
			BinaryScalar(Pow, got, a, s)
			check(t, func(int) float32 { return s })
		}
	})
}

// TestSignedZeros has functions that are 0 at 0 keep its sign, and the smallest numbers not become 0 where the function
// is close to x.
func TestSignedZeros(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, op := range []UnaryOp{Sqrt, Expm1, Log1p, Tanh, Erf, Sin, Floor, Ceil, Round} {
			x := []float32{zero, 0, -math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat32, -1e-40, 1e-40}
			got := make([]float32, len(x))
			Unary(op, got, x)
			for i, v := range x {
				want := float32(exact[op](float64(v)))
				if want == 0 && (got[i] != 0 || math.Signbit(float64(got[i])) != math.Signbit(float64(want))) {
					t.Errorf("%v(%g) = %g, want %g", op, v, got[i], want)
				}
			}
		}
	})
}
