package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// nearestBFloat16 rounds by the definition: of the two neighbors the nearer one, of two as near the even one.
func nearestBFloat16(x float32) uint16 {
	low := math.Float32bits(x) >> 16
	value := func(bits uint32) float64 { return float64(math.Float32frombits(bits << 16)) }
	below, above := math.Abs(float64(x)-value(low)), math.Abs(value(low+1)-float64(x))
	if above < below || above == below && low%2 == 1 {
		low++
	}
	return uint16(low)
}

func bitsOfBFloat16(x []float32) []uint16 {
	out := make([]uint16, len(x))
	for i, v := range x {
		out[i] = nearestBFloat16(v)
	}
	return out
}

func roundedToBFloat16(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = math.Float32frombits(uint32(nearestBFloat16(v)) << 16)
	}
	return out
}

func TestBFloat16(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, size := range [][3]int{
			{1, 1, 1}, {1, 1, 2}, {1, 50, 3}, {50, 1, 3}, {3, 4, 1}, {8, 32, 16}, {9, 33, 17}, {7, 16, 5},
			{64, 64, 64}, {65, 65, 63},
			{2, 300, 129}, {300, 2, 31}, {37, 100, 0}, {0, 3, 4}, {3, 0, 4}, {130, 96, 200}, {20, 40, 2*maxKC + 3},
			{20, 40, 4*maxKC + 3},
		} {
			for transposes := range 4 {
				spec := Spec{
					M: size[0], N: size[1], K: size[2], TransA: transposes&1 != 0, TransB: transposes&2 != 0, BFloat16: true,
				}
				check(t, spec)
				spec.LDC = spec.N + 3
				check(t, spec)
			}
		}
		for _, spec := range batchSpecs() {
			spec.BFloat16 = true
			check(t, spec)
		}
	})
}

// Operands that are bfloat16 give what their values give as float32.
func TestRunBFloat16(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		specs := batchSpecs()
		for _, k := range []int{1, 2, 37, 300} {
			for transposes := range 4 {
				specs = append(specs, Spec{M: 35, N: 50, K: k, TransA: transposes&1 != 0, TransB: transposes&2 != 0})
			}
		}
		for _, spec := range specs {
			spec.BFloat16 = true
			g, err := New(spec)
			if err != nil {
				t.Fatal(err)
			}
			na, nb, nc := spec.extents()
			r := rand.New(rand.NewPCG(1, 2))
			a, b, want, got := random(r, na), random(r, nb), make([]float32, nc), make([]float32, nc)
			for _, p := range pools {
				scratch := slices.Repeat([]float32{float32(math.NaN())}, g.ScratchSize(p.Threads()))
				g.Run(p, want, a, b, scratch, nil)
				g.RunBFloat16(p, got, bitsOfBFloat16(a), bitsOfBFloat16(b), scratch)
				if !slices.Equal(got, want) {
					t.Errorf("%+v with %d threads: other results than those of rounded float32", spec, p.Threads())
				}
			}
		}
	})
}

// An element that is not finite reaches its row or column of C, and no other.
func TestBFloat16NotFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, k := range []int{1, 2, 3, 16, 33} {
			for at := range k {
				const m, n = 3, 18
				g, _ := New(Spec{M: m, N: n, K: k, BFloat16: true})
				a, b := slices.Repeat([]float32{1}, m*k), slices.Repeat([]float32{1}, k*n)
				a[at], a[k+at], b[at*n+5] = inf, math.MaxFloat32, nan // MaxFloat32 is rounded to infinity
				c := make([]float32, m*n)
				g.Run(nil, c, a, b, make([]float32, g.ScratchSize(1)), nil)
				for i, v := range c {
					want := float32(k)
					if i/n < 2 {
						want = inf
					}
					if i%n == 5 {
						want = nan
					}
					if v != want && (v == v || want == want) {
						t.Fatalf("K %d, at %d: C[%d] = %v, want %v", k, at, i, v, want)
					}
				}
			}
		}
	})
}

func BenchmarkBFloat16(b *testing.B) {
	for _, threads := range []int{1, 2} {
		p := pool.New(threads)
		for _, spec := range []Spec{
			{M: 512, N: 512, K: 512}, {M: 1024, N: 1024, K: 1024}, {M: 2048, N: 2048, K: 2048},
			{M: 1024, N: 1024, K: 1024, TransA: true}, {M: 1024, N: 1024, K: 1024, TransB: true},
			{M: 1576, N: 1536, K: 384}, {M: 384, N: 1536, K: 1576, TransA: true},
		} {
			for _, spec.BFloat16 = range []bool{false, true} {
				g, err := New(spec)
				if err != nil {
					b.Fatal(err)
				}
				na, nb, nc := spec.extents()
				r := rand.New(rand.NewPCG(1, 2))
				x, y, c := random(r, na), random(r, nb), make([]float32, nc)
				scratch := make([]float32, g.ScratchSize(threads))
				b.Run(fmt.Sprintf("%dT/%s/%t", threads, spec.label(), spec.BFloat16), func(b *testing.B) {
					for b.Loop() {
						g.Run(p, c, x, y, scratch, nil)
					}
					b.ReportMetric(spec.Flops()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
				})
			}
		}
		p.Close()
	}
}
