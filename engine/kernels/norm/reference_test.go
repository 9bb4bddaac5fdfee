package norm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// eachTier runs the test in every tier that this processor has.
func eachTier(t *testing.T, test func(t *testing.T)) {
	for level := cpu.Portable; level <= cpu.Supported(); level++ {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.SetTier(level)()
			test(t)
		})
	}
}

func random(seed uint64, n int, mean, deviation float64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(mean + deviation*rng.NormFloat64())
	}
	return x
}

// near fails the test if got is further from want than tolerance times the greatest magnitude.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	var scale float64
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= tolerance*scale) {
			t.Fatalf("%s: element %d is %g, want %g (greatest %g)", what, i, got[i], v, scale)
		}
	}
}

// column returns column c of x as float64, row returns row r.
func column(x []float32, cols, c int) []float64 {
	var out []float64
	for i := c; i < len(x); i += cols {
		out = append(out, float64(x[i]))
	}
	return out
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x))
}

// shapes are rows and columns: tails of every kind, one item and several.
var shapes = [][2]int{{1, 5}, {3, 1}, {7, 16}, {40, 10}, {64, 65}, {1000, 3}, {130, 200}, {5, 768}, {1100, 64}, {100, 513}}

// sameForThreads runs f with one and two threads and fails if a result differs in a bit.
func sameForThreads(t *testing.T, f func(p *pool.Pool) [][]float32) [][]float32 {
	t.Helper()
	p := pool.New(2)
	defer p.Close()
	one, two := f(nil), f(p)
	for i := range one {
		if !slices.Equal(one[i], two[i]) {
			t.Errorf("result %d depends on the number of threads", i)
		}
	}
	return one
}

// sameForTiers runs f in the two assembly tiers and fails if a result differs in a bit.
func sameForTiers(t *testing.T, f func() [][]float32) {
	t.Helper()
	if cpu.Supported() < cpu.AVX512 {
		t.Skip("this processor has one assembly tier at most")
	}
	wide := f()
	defer cpu.SetTier(cpu.AVX2)()
	for i, narrow := range f() {
		if !slices.Equal(wide[i], narrow) {
			t.Errorf("result %d differs between AVX-512 and AVX2", i)
		}
	}
}
