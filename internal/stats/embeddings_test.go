package stats

import (
	"math"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
	"pgregory.net/rapid"
)

func embeddings(t testing.TB, n, d int, x ...float32) Embeddings {
	t.Helper()
	e, err := NewEmbeddings(x, n, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// normal returns n draws of the d-dimensional standard normal distribution.
func normal(t testing.TB, seed uint64, n, d int) Embeddings {
	stream := random.New(seed)
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(stream.Normal())
	}
	return embeddings(t, n, d, x...)
}

func must(t testing.TB) func(float64, error) float64 {
	return func(x float64, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func TestDimensionStd(t *testing.T) {
	e := embeddings(t, 4, 2, 1, 5, 3, 5, 1, 5, 3, 5)
	std := e.DimensionStd()
	near(t, "std of 1, 3, 1, 3", std[0], 1, 1e-12)
	near(t, "std of a constant", std[1], 0, 1e-12)
	near(t, "mean std", e.MeanStd(), 0.5, 1e-12)
	const d = 64
	near(t, "mean std of unit vectors all over the sphere", normal(t, 1, 4000, d).Unit().MeanStd(), 1/math.Sqrt(d), 0.01)
}

func TestEffectiveRank(t *testing.T) {
	for _, test := range []struct {
		name string
		e    Embeddings
		want float64
	}{
		{"orthonormal", embeddings(t, 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1), 3},
		{"a line", embeddings(t, 3, 2, 1, 2, 2, 4, -3, -6), 1},
		{"zero", embeddings(t, 2, 2, 0, 0, 0, 0), 0},
		{"singular values 2 and 1", embeddings(t, 2, 3, 2, 0, 0, 0, 0, 1), math.Exp(-(2./3*math.Log(2./3) + 1./3*math.Log(1./3)))},
	} {
		near(t, test.name, must(t)(test.e.EffectiveRank()), test.want, 1e-5)
	}
}

func TestEffectiveRankOfManyIsThatOfTheTransposed(t *testing.T) {
	e := normal(t, 2, 40, 16)
	near(t, "rank", must(t)(e.EffectiveRank()), must(t)(Embeddings{e.d, e.n, transpose(e)}.EffectiveRank()), 1e-6)
}

func TestCentered(t *testing.T) {
	e := embeddings(t, 4, 3, 101, 50, 7, 99, 50, 7, 101, 52, 7, 99, 52, 7).Centered()
	near(t, "first of the centered", e.x.At(0, 0), 1, 1e-12)
	near(t, "second of the centered", e.x.At(0, 1), -1, 1e-12)
	near(t, "rank of a square far from the origin", must(t)(e.EffectiveRank()), 2, 1e-5)
	near(t, "rank of equals", must(t)(embeddings(t, 2, 2, 3, 4, 3, 4).Centered().EffectiveRank()), 0, 0)
}

func TestAlignment(t *testing.T) {
	e := normal(t, 3, 8, 5)
	near(t, "of equals", must(t)(Alignment(e, e)), 0, 1e-12)
	a, b := embeddings(t, 2, 2, 3, 0, 0, 1), embeddings(t, 2, 2, -7, 0, 2, 0)
	near(t, "of an opposite and a right angle", must(t)(Alignment(a, b)), (4+2)/2., 1e-12)
	if _, err := Alignment(a, e); err == nil || !strings.Contains(err.Error(), "2×2 with 8×5") {
		t.Errorf("different shapes: error %v", err)
	}
}

func TestUniformity(t *testing.T) {
	near(t, "of equals", must(t)(embeddings(t, 3, 2, 1, 1, 2, 2, 5, 5).Uniformity()), 0, 1e-12)
	near(t, "of two opposites", must(t)(embeddings(t, 2, 1, 1, -1).Uniformity()), -8, 1e-12)
	// Pairs at 90°, 90° and 180°: squared distances 2, 2 and 4.
	near(t, "of three", must(t)(embeddings(t, 3, 2, 1, 0, 0, 1, -1, 0).Uniformity()), math.Log((2*math.Exp(-4)+math.Exp(-8))/3), 1e-12)
	// In many dimensions any two are at a right angle.
	near(t, "of many all over the sphere", must(t)(normal(t, 4, 300, 512).Uniformity()), -4, 0.01)
	if _, err := embeddings(t, 1, 2, 1, 0).Uniformity(); err == nil {
		t.Error("uniformity of one vector was not refused")
	}
}

// Rotating all vectors changes no distance, and scaling them no direction.
func TestMeasuresDoNotDependOnTheAxes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		n, d := rapid.IntRange(2, 12).Draw(r, "n"), rapid.IntRange(2, 8).Draw(r, "d")
		a, b := normal(t, seed, n, d), normal(t, seed+1, n, d)
		scale := rapid.Float64Range(0.01, 100).Draw(r, "scale")
		turnedA, turnedB := rotate(a, seed+2, scale), rotate(b, seed+2, scale)
		near(t, "rank", must(t)(turnedA.EffectiveRank()), must(t)(a.EffectiveRank()), 1e-5)
		near(t, "uniformity", must(t)(turnedA.Uniformity()), must(t)(a.Uniformity()), 1e-9)
		near(t, "alignment", must(t)(Alignment(turnedA, turnedB)), must(t)(Alignment(a, b)), 1e-9)
	})
}

func TestNewEmbeddingsRefuses(t *testing.T) {
	for want, x := range map[string][]float32{
		"5 numbers for 2 vectors of 3 dimensions, want 6":       make([]float32, 5),
		"vector 1 has NaN in dimension 2, not a finite number":  {0, 0, 0, 0, 0, float32(math.NaN())},
		"vector 0 has -Inf in dimension 0, not a finite number": {float32(math.Inf(-1)), 0, 0, 0, 0, 0},
	} {
		if _, err := NewEmbeddings(x, 2, 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func BenchmarkEffectiveRank(b *testing.B) {
	e := normal(b, 1, 1024, 512)
	for b.Loop() {
		must(b)(e.EffectiveRank())
	}
}

func BenchmarkUniformity(b *testing.B) {
	e := normal(b, 1, 1024, 128)
	for b.Loop() {
		must(b)(e.Uniformity())
	}
}
