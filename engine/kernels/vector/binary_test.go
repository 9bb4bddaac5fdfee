package vector

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// pairs returns random operands of many magnitudes, with all pairs of special values.
func pairs() (a, b []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		a = append(a, float32(rng.NormFloat64()*math.Exp(rng.NormFloat64()*3)))
		b = append(b, float32(rng.NormFloat64()*math.Exp(rng.NormFloat64()*3)))
	}
	special := []float32{0, 1, -1, 2.5, -40, 90, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-40}
	for _, x := range special {
		for _, y := range special {
			a, b = append(a, x), append(b, y)
		}
	}
	return a, b
}

// gradientError is the stated absolute error of GeluGrad for b = 1: it passes through 0.
const gradientError = 4e-7

func close32(op BinaryOp, got, want, b float32) bool {
	if op == GeluGrad {
		return got == want || math.Abs(float64(got)-float64(want)) <= gradientError*math.Abs(float64(b))
	}
	return got == want
}

func TestBinary(t *testing.T) {
	a, b := pairs()
	kerneltest.EachTier(t, func(t *testing.T) {
		for op := range binaryOps {
			f := binaryFuncs[op]
			for _, n := range []int{0, 1, 7, 15, 16, 17, 33, 63, 100, len(a)} {
				got := make([]float32, n+1)
				got[n] = 1234.5
				Binary(op, got[:n], a, b)
				for i := range n {
					if want := f(a[i], b[i]); !close32(op, got[i], want, b[i]) && want == want && !math.IsInf(float64(b[i]), 0) {
						t.Fatalf("%v(%g, %g) = %g, want %g", op, a[i], b[i], got[i], want)
					}
				}
				if got[n] != 1234.5 {
					t.Fatalf("%v of %d elements writes outside", op, n)
				}
			}
		}
	})
}

func TestMaxAndMinPropagateNaN(t *testing.T) {
	nan := float32(math.NaN())
	a, b := []float32{nan, 1, nan, 1}, []float32{1, nan, nan, 2}
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, op := range []BinaryOp{Max, Min} {
			got := make([]float32, 4)
			Binary(op, got, a, b)
			for i, v := range got {
				if (v != v) != (i < 3) {
					t.Errorf("%v(%g, %g) = %g", op, a[i], b[i], v)
				}
			}
		}
	})
}

func TestBroadcasts(t *testing.T) {
	a, v := pairs()
	kerneltest.EachTier(t, func(t *testing.T) {
		for op := range binaryOps {
			for _, cols := range []int{1, 3, 10, 16, 17, 48, 65, 192} {
				const rows = 5
				x := a[:rows*cols]
				want, got := make([]float32, len(x)), make([]float32, len(x))
				full := make([]float32, len(x))
				check := func(name string) {
					t.Helper()
					Binary(op, want, x, full)
					for i := range want {
						if math.Float32bits(got[i]) != math.Float32bits(want[i]) && want[i] == want[i] {
							t.Fatalf("%s %v, %d columns: element %d is %g, want %g", name, op, cols, i, got[i], want[i])
						}
					}
				}
				column := v[:rows]
				for i := range full {
					full[i] = column[i/cols]
				}
				BinaryColumn(op, got, x, column)
				check("column")
				Fill(full, v[7])
				BinaryScalar(op, got, x, v[7])
				check("scalar")
			}
		}
	})
}

func TestDivisionByPowersOfTwo(t *testing.T) {
	a, _ := pairs()
	got := make([]float32, len(a))
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range []float32{1, 2, -64, 0.125, 3, 0, 0x1p-149, 0x1p-126, 0x1p126, 0x1p127, float32(math.Inf(1))} {
			BinaryScalar(Div, got, a, s)
			for i, v := range a {
				if want := v / s; math.Float32bits(got[i]) != math.Float32bits(want) && want == want {
					t.Fatalf("%g / %g = %g, want %g", v, s, got[i], want)
				}
			}
		}
	})
}

func TestPowersWithOwnKernels(t *testing.T) {
	a, _ := pairs()
	got := make([]float32, len(a))
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, exponent := range []float32{2, -1} {
			BinaryScalar(Pow, got, a, exponent)
			for i, v := range a {
				if want := pow(v, exponent); got[i] != want && want == want {
					t.Fatalf("Pow(%g, %g) = %g, want %g", v, exponent, got[i], want)
				}
			}
		}
	})
}

func TestBinaryTiersAgree(t *testing.T) {
	a, b := pairs()
	for op := range binaryOps {
		t.Run(op.String(), func(t *testing.T) {
			kerneltest.SameForTiers(t, func() [][]float32 {
				y := make([]float32, len(a))
				Binary(op, y, a, b)
				return [][]float32{y}
			})
		})
	}
}

func TestCompareAndSelect(t *testing.T) {
	a, b := pairs()
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 15, 16, 31, 50, len(a)} {
			mask := make([]bool, n)
			got := make([]float32, n)
			for op := range compareOps {
				Compare(op, mask, a, b)
				for i := range mask {
					if want := compareFuncs[op](a[i], b[i]); mask[i] != want {
						t.Fatalf("%v(%g, %g) = %v", op, a[i], b[i], mask[i])
					}
				}
				CompareScalar(op, mask, a, 0.5)
				for i := range mask {
					if want := compareFuncs[op](a[i], 0.5); mask[i] != want {
						t.Fatalf("%v(%g, 0.5) = %v", op, a[i], mask[i])
					}
				}
				choose := func(name string, yes, no func(i int) float32) {
					t.Helper()
					for i, m := range mask {
						want := no(i)
						if m {
							want = yes(i)
						}
						if math.Float32bits(got[i]) != math.Float32bits(want) {
							t.Fatalf("%s, %d elements: element %d is %g, want %g", name, n, i, got[i], want)
						}
					}
				}
				left, right := func(i int) float32 { return a[i] }, func(i int) float32 { return b[i] }
				seven := func(int) float32 { return 7 }
				Select(got, mask, a, b)
				choose("Select", left, right)
				SelectScalar(got, mask, a, 7)
				choose("SelectScalar", left, seven)
				SelectScalarLeft(got, mask, 7, b)
				choose("SelectScalarLeft", seven, right)
				FromBool(got, mask)
				choose("FromBool", func(int) float32 { return 1 }, func(int) float32 { return 0 })
			}
		}
	})
}
