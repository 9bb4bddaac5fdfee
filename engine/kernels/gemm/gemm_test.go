package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// pools serve all tests of the package.
var pools = []*pool.Pool{pool.New(1), pool.New(3)}

// check runs the plan and compares it with float64, element by element within the documented bound.
func check(t *testing.T, spec Spec) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(spec.M*spec.N+spec.K)))
	na, nb, nc := spec.extents()
	a, b, c := random(r, na), random(r, nb), random(r, nc)
	before := slices.Clone(c)
	g, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	multipliedA, multipliedB, tiny := a, b, 0.0
	if spec.BFloat16 {
		multipliedA, multipliedB, tiny = roundedToBFloat16(a), roundedToBFloat16(b), float64(spec.K)*0x1p-126
	}
	s := g.Spec()
	want, bound := slices.Clone(c), make([]float64, nc)
	written := make([]bool, nc)
	for i := range s.batch() {
		ao, bo, co := s.offsets(i)
		for m := range s.M {
			for n := range s.N {
				var sum, size float64
				for k := range s.K {
					ai := ao + m*s.LDA + k
					if s.TransA {
						ai = ao + k*s.LDA + m
					}
					bi := bo + k*s.LDB + n
					if s.TransB {
						bi = bo + n*s.LDB + k
					}
					x := float64(multipliedA[ai]) * float64(multipliedB[bi])
					sum += x
					size += math.Abs(x)
				}
				at := co + m*s.LDC + n
				want[at], bound[at], written[at] = float32(sum), float64(s.K)*0x1p-24*size+tiny, true
			}
		}
	}
	packings := []bool{false}
	if g.PackedSize() > 0 {
		packings = append(packings, true)
	}
	var first []float32
	for _, p := range pools {
		threads := p.Threads()
		for _, packed := range packings {
			got := slices.Clone(before)
			scratch := slices.Repeat([]float32{float32(math.NaN())}, g.ScratchSize(threads))
			if packed {
				buffer := slices.Repeat([]float32{float32(math.NaN())}, g.PackedSize())
				g.PackB(p, buffer, b)
				g.RunPacked(p, got, a, buffer, scratch, nil)
			} else {
				g.Run(p, got, a, b, scratch, nil)
			}
			for i := range got {
				if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= bound[i]) || (!written[i] && got[i] != before[i]) {
					t.Fatalf("%+v threads %d packed %v: C[%d] = %v, want %v within %g",
						spec, threads, packed, i, got[i], want[i], bound[i])
				}
			}
			if first == nil {
				first = got
			} else if !slices.Equal(got, first) {
				t.Fatalf("%+v: results differ between thread counts or packings", spec)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, size := range [][3]int{
			{1, 1, 1}, {1, 1, 7}, {1, 50, 3}, {50, 1, 3}, {3, 4, 1}, {8, 32, 16}, {9, 33, 17}, {7, 16, 5},
			{64, 64, 64}, {65, 65, 64}, {65, 64, 65}, {100, 70, 130}, {2, 300, 129}, {300, 2, 31}, {37, 100, 0},
			{0, 3, 4}, {3, 0, 4}, {130, 96, 200},
		} {
			for transposes := range 4 {
				spec := Spec{M: size[0], N: size[1], K: size[2], TransA: transposes&1 != 0, TransB: transposes&2 != 0}
				check(t, spec)
			}
		}
	})
}

func TestLargeK(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for transposes := range 4 {
			spec := Spec{M: 10, N: 40, K: 2*maxKC + 3, TransA: transposes&1 != 0, TransB: transposes&2 != 0}
			check(t, spec)
			spec.M, spec.N, spec.K = 50, 83, maxKCPackedA+77
			check(t, spec)
			for _, parts := range []int{2, 4} { // if A is transposed: fewer than threads, and more
				spec.M, spec.N, spec.K = 9, 35, parts*minPartK+3
				check(t, spec)
				spec.M = 0
				check(t, spec)
				spec.M, spec.N = 9, 0
				check(t, spec)
			}
		}
	})
}

func batchSpecs() []Spec {
	heads := func(l, h, d int) Spec { // q·kᵀ with both [L, H, D]
		return Spec{M: l, N: l, K: d, TransB: true, LDA: h * d, LDB: h * d,
			Batch: []Axis{{5, l * h * d, l * h * d, h * l * l}, {h, d, d, l * l}}}
	}
	return []Spec{
		heads(17, 3, 16),
		heads(65, 2, 64),
		{M: 20, N: 30, K: 10, Batch: []Axis{{3, 200, 0, 600}}},
		{M: 20, N: 30, K: 10, Batch: []Axis{{3, 200, 0, 650}}},
		{M: 20, N: 30, K: 10, TransA: true, Batch: []Axis{{9, 200, 0, 600}}},
		{M: 20, N: 30, K: 10, TransA: true, TransB: true, Batch: []Axis{{2, 0, 900, 1200}, {2, 0, 300, 600}}},
		{M: 1, N: 1, K: 3, Batch: []Axis{{40, 3, 3, 1}}},
		{M: 4, N: 5, K: 3, Batch: []Axis{{0, 3, 3, 1}}},
		{M: 4, N: 5, K: 3, LDA: 7, LDB: 9, LDC: 8, Batch: []Axis{{1, 0, 0, 0}, {3, 28, 0, 32}}},
	}
}

func TestBatches(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, spec := range batchSpecs() {
			check(t, spec)
		}
	})
}

func TestShortOperandsPanic(t *testing.T) {
	g, err := New(Spec{M: 4, N: 5, K: 6})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		const want = "gemm: B has 29 elements: expected at least 30"
		if got := recover(); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}()
	g.Run(nil, make([]float32, 20), make([]float32, 24), make([]float32, 29), make([]float32, g.ScratchSize(1)), nil)
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{M: -1}, "gemm: M is -1: expected 0 or more"},
		{Spec{M: 2, N: 3, K: 4, LDA: 3}, "gemm: LDA is 3: expected 0 or at least the row length 4"},
		{Spec{M: 5, N: 3, K: 4, LDA: 4, TransA: true}, "gemm: LDA is 4: expected 0 or at least the row length 5"},
		{Spec{M: 1, N: 1, K: 1, Batch: []Axis{{Size: 2}}}, "gemm: Batch[0].StrideC is 0"},
		{Spec{M: 1, N: 1, K: 1, Batch: []Axis{{Size: -2}}}, "gemm: Batch[0].Size is -2"},
	} {
		if _, err := New(c.spec); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("New(%+v): %v, want %s", c.spec, err, c.want)
		}
	}
}

func BenchmarkGEMM(b *testing.B) {
	for _, threads := range []int{1, 2} {
		p := pool.New(threads)
		for _, spec := range []Spec{
			{M: 256, N: 256, K: 256}, {M: 512, N: 512, K: 512}, {M: 1024, N: 1024, K: 1024}, {M: 2048, N: 2048, K: 2048},
			{M: 512, N: 512, K: 512, TransA: true}, {M: 512, N: 512, K: 512, TransB: true},
			{M: 4160, N: 576, K: 192}, {M: 192, N: 768, K: 4160, TransA: true}, {M: 64, N: 256, K: 25088, TransA: true},
			{M: 1, N: 2048, K: 2048}, {M: 65, N: 65, K: 64, TransB: true, Batch: []Axis{{192, 65 * 64, 65 * 64, 65 * 65}}},
			{M: 64, N: 64, K: 64, Batch: []Axis{{192, 64 * 64, 64 * 64, 64 * 64}}},
		} {
			g, err := New(spec)
			if err != nil {
				b.Fatal(err)
			}
			na, nb, nc := spec.extents()
			r := rand.New(rand.NewPCG(1, 2))
			a, x, c := random(r, na), random(r, nb), make([]float32, nc)
			scratch := make([]float32, g.ScratchSize(threads))
			b.Run(fmt.Sprintf("%dT/%s", threads, spec.label()), func(b *testing.B) {
				for b.Loop() {
					g.Run(p, c, a, x, scratch, nil)
				}
				b.ReportMetric(spec.Flops()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
			})
		}
		p.Close()
	}
}

func (s Spec) label() string {
	name := fmt.Sprintf("%dx%dx%d", s.M, s.N, s.K)
	if s.TransA {
		name += "tA"
	}
	if s.TransB {
		name += "tB"
	}
	if n := s.batch(); n > 1 {
		name += fmt.Sprintf("b%d", n)
	}
	return name
}
