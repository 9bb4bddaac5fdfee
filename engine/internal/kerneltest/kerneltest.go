// Package kerneltest has what the engine's tests share: every kernel is tested
// in every tier, against float64, and must not depend on the number of threads.
//
// The package is imported by tests only.
package kerneltest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// EachTier runs the test in every tier that this processor has.
func EachTier(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	eachFrom(t, cpu.Portable, test)
}

// EachAssemblyTier is EachTier without the portable tier.
func EachAssemblyTier(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	eachFrom(t, cpu.AVX2, test)
}

func eachFrom(t *testing.T, lowest cpu.Level, test func(t *testing.T)) {
	t.Helper()
	for level := lowest; level <= cpu.Supported(); level++ {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.SetTier(level)()
			test(t)
		})
	}
}

// SameForTiers runs f in the two assembly tiers and fails the test if a result differs in a bit, NaN aside.
func SameForTiers(t *testing.T, f func() [][]float32) {
	t.Helper()
	if cpu.Supported() < cpu.AVX512 {
		t.Skip("this processor has one assembly tier at most")
	}
	in := func(level cpu.Level) [][]float32 {
		defer cpu.SetTier(level)()
		return f()
	}
	wide, narrow := in(cpu.AVX512), in(cpu.AVX2)
	for i := range wide {
		for j, v := range wide[i] {
			w := narrow[i][j]
			if math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
				t.Errorf("result %d, element %d: AVX-512 gives %g, AVX2 %g", i, j, v, w)
				break
			}
		}
	}
}

// SameForThreads runs f with one thread and with two, fails the test if a result differs in a bit, and returns the
// results.
func SameForThreads(t *testing.T, f func(p *pool.Pool) [][]float32) [][]float32 {
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

// Random returns n numbers from a normal distribution.
func Random(seed uint64, n int, mean, deviation float64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(mean + deviation*rng.NormFloat64())
	}
	return x
}

// Near fails the test if an element of got is further from want than tolerance times the greatest magnitude in want.
func Near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
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
