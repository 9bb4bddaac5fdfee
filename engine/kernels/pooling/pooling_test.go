package pooling

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// pools serve all tests of the package.
var pools = []*pool.Pool{pool.New(1), pool.New(3)}

var specs = []Spec{
	{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1},
	{N: 2, H: 4, W: 6, C: 16, KH: 2, KW: 2},
	{N: 2, H: 9, W: 7, C: 37, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadBottom: 1, PadLeft: 1, PadRight: 1},
	{N: 3, H: 5, W: 8, C: 70, KH: 3, KW: 2, StrideH: 1, StrideW: 3, PadTop: 2, PadRight: 1},
	{N: 2, H: 7, W: 5, C: 130, KH: 7, KW: 5}, // global
	{N: 1, H: 6, W: 6, C: 8, KH: 2, KW: 2, StrideH: 3, StrideW: 3},
}

// each visits every window: the index in y, and those of its pixels in x.
func (s Spec) each(window func(yi int, xs []int)) {
	outH, outW := s.OutH(), s.OutW()
	e := s.explicit()
	for i := range s.N * outH * outW * s.C {
		c, ox, oy, n := i%s.C, i/s.C%outW, i/s.C/outW%outH, i/s.C/outW/outH
		var xs []int
		for ky := range s.KH {
			for kx := range s.KW {
				y, x := oy*e.StrideH+ky-s.PadTop, ox*e.StrideW+kx-s.PadLeft
				if y >= 0 && y < s.H && x >= 0 && x < s.W {
					xs = append(xs, ((n*s.H+y)*s.W+x)*s.C+c)
				}
			}
		}
		window(i, xs)
	}
}

func TestPooling(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range specs {
			r := rand.New(rand.NewPCG(1, 2))
			draw := func(n int) []float32 {
				out := make([]float32, n)
				for i := range out {
					out[i] = float32(r.IntN(9)) - 4 // many ties
				}
				return out
			}
			x, dy := draw(s.N*s.H*s.W*s.C), draw(s.N*s.OutH()*s.OutW()*s.C)
			maxima, maxGrad := make([]float64, len(dy)), make([]float64, len(x))
			s.each(func(yi int, xs []int) {
				best := slices.MaxFunc(xs, func(a, b int) int {
					if x[a] != x[b] {
						return int(x[a] - x[b])
					}
					return b - a // the first
				})
				maxima[yi] = float64(x[best])
				maxGrad[best] += float64(dy[yi])
			})
			g, err := New(s)
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, want []float64, run func(p *pool.Pool, out []float32)) {
				t.Helper()
				var first []float32
				for _, p := range pools {
					got := slices.Repeat([]float32{float32(math.NaN())}, len(want))
					run(p, got)
					for i := range got {
						if d := math.Abs(float64(got[i]) - want[i]); !(d <= 1e-5) {
							t.Fatalf("%+v: %s[%d] = %v, want %v", s, what, i, got[i], want[i])
						}
					}
					if first == nil {
						first = got
					}
					if !slices.Equal(first, got) {
						t.Fatalf("%+v: %s differs between thread counts", s, what)
					}
				}
			}
			y := make([]float32, len(dy))
			g.Max(nil, y, x)
			check("max", maxima, func(p *pool.Pool, out []float32) { g.Max(p, out, x) })
			check("max gradient", maxGrad, func(p *pool.Pool, out []float32) { g.MaxGrad(p, out, x, y, dy) })
		}
	})
}

func TestMaxOfNaN(t *testing.T) {
	nan := float32(math.NaN())
	kerneltest.EachTier(t, func(t *testing.T) {
		const c = 19
		for at := range 3 {
			x := slices.Repeat([]float32{1}, 3*c)
			for i := range c {
				x[at*c+i] = nan
			}
			g, err := New(Spec{N: 1, H: 1, W: 3, C: c, KH: 1, KW: 3})
			if err != nil {
				t.Fatal(err)
			}
			y := make([]float32, c)
			g.Max(nil, y, x)
			for i, v := range y {
				if v == v {
					t.Fatalf("NaN in pixel %d: y[%d] = %v", at, i, v)
				}
			}
		}
	})
}

func TestValidate(t *testing.T) {
	ok := Spec{N: 1, H: 4, W: 4, C: 1, KH: 2, KW: 2}
	for _, c := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.KH = 0 }, "pooling: KH is 0: expected 1 or more"},
		{func(s *Spec) { s.StrideW = -1 }, "pooling: the stride is 0x-1: expected 0 or more"},
		{func(s *Spec) { s.PadLeft = 2 }, "pooling: PadLeft is 2: expected 0 or more and less than the window's 2"},
		{func(s *Spec) { s.KW = 5 }, "pooling: the window 2x5 is larger than the padded image 4x4"},
	} {
		s := ok
		c.change(&s)
		if _, err := New(s); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", s, err, c.want)
		}
	}
}

func BenchmarkStem(b *testing.B) {
	s := Spec{
		N: 8, H: 112, W: 112, C: 64, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadBottom: 1, PadLeft: 1, PadRight: 1,
	}
	g, err := New(s)
	if err != nil {
		b.Fatal(err)
	}
	p := pool.New(0)
	defer p.Close()
	x, dx := make([]float32, s.N*s.H*s.W*s.C), make([]float32, s.N*s.H*s.W*s.C)
	y := make([]float32, s.N*s.OutH()*s.OutW()*s.C)
	b.Run("max", func(b *testing.B) {
		for b.Loop() {
			g.Max(p, y, x)
		}
	})
	b.Run("max gradient", func(b *testing.B) {
		for b.Loop() {
			g.MaxGrad(p, dx, x, y, y)
		}
	})
}
