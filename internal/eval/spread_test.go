package eval

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

func rows(dim int, x ...float32) Features { return Features{dim, x} }

// normal returns n draws of the d-dimensional standard normal distribution.
func normal(seed uint64, n, d int) Features {
	stream := random.New(seed)
	x := Features{d, make([]float32, n*d)}
	for i := range x.Data {
		x.Data[i] = float32(stream.Normal())
	}
	return x
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

func TestEffectiveRank(t *testing.T) {
	for _, test := range []struct {
		name string
		x    Features
		want float64
	}{
		{"orthonormal", rows(3, 1, 0, 0, 0, 1, 0, 0, 0, 1), 3},
		{"a line", rows(2, 1, 2, 2, 4, -3, -6), 1},
		{"zero", rows(2, 0, 0, 0, 0), 0},
		{"singular values 2 and 1", rows(3, 2, 0, 0, 0, 0, 1), math.Exp(-(2./3*math.Log(2./3) + 1./3*math.Log(1./3)))},
	} {
		golden.Number(t, test.name, must(t)(RankMe(test.x)), test.want, 1e-5)
	}
}

func TestEffectiveRankOfManyIsThatOfTheTransposed(t *testing.T) {
	x := normal(2, 40, 16)
	turned := Features{40, make([]float32, 40*16)}
	for i := range 40 {
		for j := range 16 {
			turned.Row(j)[i] = x.Row(i)[j]
		}
	}
	golden.Number(t, "rank", must(t)(RankMe(x)), must(t)(RankMe(turned)), 1e-6)
}

func TestCenteredRank(t *testing.T) {
	square := rows(3, 101, 50, 7, 99, 50, 7, 101, 52, 7, 99, 52, 7)
	golden.Number(t, "rank of a square far from the origin", must(t)(CenteredRank(square)), 2, 1e-5)
	if got := must(t)(CenteredRank(rows(2, 3, 4, 3, 4))); got != 0 {
		t.Errorf("rank of equals is %v, want 0", got)
	}
}

func TestAlignment(t *testing.T) {
	x := normal(3, 8, 5)
	if got := must(t)(Alignment(x, x)); got != 0 {
		t.Errorf("alignment of equals is %v, want 0", got)
	}
	a, b := rows(2, 3, 0, 0, 1), rows(2, -7, 0, 2, 0)
	golden.Number(t, "of an opposite and a right angle", must(t)(Alignment(a, b)), (4+2)/2., 1e-12)
	if _, err := Alignment(a, x); err == nil || !strings.Contains(err.Error(), "width 2 but second features 5") {
		t.Errorf("different widths: error %v", err)
	}
	if _, err := Alignment(a, rows(2, 1, 1)); err == nil || !strings.Contains(err.Error(), "2 with 1 rows") {
		t.Errorf("different numbers of rows: error %v", err)
	}
}

func TestUniformity(t *testing.T) {
	if got := must(t)(Uniformity(rows(2, 1, 1, 2, 2, 5, 5))); math.Abs(got) > 1e-12 {
		t.Errorf("uniformity of equals is %v, want 0", got)
	}
	golden.Number(t, "of two opposites", must(t)(Uniformity(rows(1, 1, -1))), -8, 1e-12)
	// Pairs at 90°, 90° and 180°: squared distances 2, 2 and 4.
	golden.Number(t, "of three", must(t)(Uniformity(rows(2, 1, 0, 0, 1, -1, 0))),
		math.Log((2*math.Exp(-4)+math.Exp(-8))/3), 1e-12)
	// In many dimensions any two are at a right angle.
	golden.Number(t, "of many all over the sphere", must(t)(Uniformity(normal(4, 300, 512))), -4, 0.01)
	if _, err := Uniformity(rows(2, 1, 0)); err == nil {
		t.Error("uniformity of one row was not refused")
	}
}

// Rotating all rows changes no distance, and scaling them no direction.
func TestSpreadDoesNotDependOnTheAxes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		n, d := rapid.IntRange(2, 12).Draw(r, "n"), rapid.IntRange(2, 8).Draw(r, "d")
		a, b := normal(seed, n, d), normal(seed+1, n, d)
		scale := rapid.Float64Range(0.01, 100).Draw(r, "scale")
		turnedA, turnedB := rotate(a, seed+2, scale), rotate(b, seed+2, scale)
		golden.Number(t, "rank", must(t)(RankMe(turnedA)), must(t)(RankMe(a)), 1e-4)
		golden.Number(t, "uniformity", must(t)(Uniformity(turnedA)), must(t)(Uniformity(a)), 1e-5)
		golden.Number(t, "alignment", must(t)(Alignment(turnedA, turnedB)), must(t)(Alignment(a, b)), 1e-5)
	})
}

// rotate turns all rows by one random rotation and scales them.
func rotate(x Features, seed uint64, scale float64) Features {
	stream := random.New(seed)
	draws := make([]float64, x.Dim*x.Dim)
	for i := range draws {
		draws[i] = stream.Normal()
	}
	var qr mat.QR
	qr.Factorize(mat.NewDense(x.Dim, x.Dim, draws))
	var q, turned mat.Dense
	qr.QTo(&q)
	turned.Mul(float64s(x), &q)
	turned.Scale(scale, &turned)
	return Features{x.Dim, float32s(turned.RawMatrix().Data)}
}

func BenchmarkRankMe(b *testing.B) {
	x := normal(1, 1024, 512)
	for b.Loop() {
		must(b)(RankMe(x))
	}
}

func BenchmarkUniformity(b *testing.B) {
	x := normal(1, 1024, 128)
	for b.Loop() {
		must(b)(Uniformity(x))
	}
}
