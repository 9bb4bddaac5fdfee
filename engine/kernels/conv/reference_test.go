package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// each visits every product of the convolution by the indices of its output, input and weight.
func (s Spec) each(visit func(yi, xi, wi int)) {
	s = s.explicit()
	cg, og := s.C/s.Groups, s.O/s.Groups
	oh, ow := s.OutH(), s.OutW()
	for n := range s.N {
		for oy := range oh {
			for ox := range ow {
				for tap := range s.KH * s.KW {
					iy := oy*s.StrideH + tap/s.KW*s.DilationH - s.PadTop
					ix := ox*s.StrideW + tap%s.KW*s.DilationW - s.PadLeft
					if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
						continue
					}
					for o := range s.O {
						for c := range cg {
							visit(((n*oh+oy)*ow+ox)*s.O+o, ((n*s.H+iy)*s.W+ix)*s.C+o/og*cg+c, (tap*cg+c)*s.O+o)
						}
					}
				}
			}
		}
	}
}

// reference is a result in float64 with, for every element, the sum of the
// absolute values of its products.
type reference struct{ value, size []float64 }

func newReference(n int) reference { return reference{make([]float64, n), make([]float64, n)} }

func (r reference) add(i int, a, b float32) {
	v := float64(a) * float64(b)
	r.value[i] += v
	r.size[i] += math.Abs(v)
}

// check compares an output with the reference: |error| ≤ factor·2⁻²⁴·size.
func (r reference) check(t *testing.T, what string, got []float32, factor float64) {
	t.Helper()
	for i, v := range got {
		if d := math.Abs(float64(v) - r.value[i]); !(d <= factor*0x1p-24*r.size[i]) {
			t.Fatalf("%s[%d] = %v, want %v within %g", what, i, v, r.value[i], factor*0x1p-24*r.size[i])
		}
	}
}

type tensors struct{ x, w, y []float32 }

func randomTensors(s Spec) tensors {
	r := rand.New(rand.NewPCG(uint64(s.H*s.W), uint64(s.C*s.O)))
	random := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(r.NormFloat64())
		}
		return out
	}
	return tensors{
		x: random(s.N * s.H * s.W * s.C),
		w: random(s.KH * s.KW * s.C / max(1, s.Groups) * s.O),
		y: random(s.N * s.OutH() * s.OutW() * s.O),
	}
}

// nan returns scratch whose content must not matter.
func nan(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }

// pools serve all tests of the package.
var pools = []*pool.Pool{pool.New(1), pool.New(3)}

// atThreads runs f with pools of several sizes and checks that the results are
// the same to the bit.
func atThreads(t *testing.T, n int, f func(p *pool.Pool, out []float32)) []float32 {
	t.Helper()
	var first []float32
	for _, p := range pools {
		out := nan(n)
		f(p, out)
		if first == nil {
			first = out
			continue
		}
		for i := range out {
			if math.Float32bits(out[i]) != math.Float32bits(first[i]) {
				t.Fatalf("element %d is %v with 1 thread and %v with %d", i, first[i], out[i], p.Threads())
			}
		}
	}
	return first
}

func runForward(t *testing.T, f *Forward, v tensors) []float32 {
	t.Helper()
	return atThreads(t, len(v.y), func(p *pool.Pool, y []float32) {
		packed := nan(f.PackedSize())
		f.Pack(p, packed, v.w)
		f.Run(p, y, v.x, packed, nan(f.ScratchSize(p.Threads())))
	})
}

func runInputGrad(t *testing.T, g *InputGrad, v tensors) []float32 {
	t.Helper()
	return atThreads(t, len(v.x), func(p *pool.Pool, dx []float32) {
		packed := nan(g.PackedSize())
		g.Pack(p, packed, v.w)
		g.Run(p, dx, v.y, packed, nan(g.ScratchSize(p.Threads())))
	})
}

func runWeightGrad(t *testing.T, g *WeightGrad, v tensors) []float32 {
	t.Helper()
	return atThreads(t, len(v.w), func(p *pool.Pool, dw []float32) {
		g.Run(p, dw, v.x, v.y, nan(g.ScratchSize(p.Threads())))
	})
}

// checkSpec compares all three directions with the reference.
func checkSpec(t *testing.T, s Spec, opts Options, factor func(terms int) float64) {
	t.Helper()
	v := randomTensors(s)
	multiplied := v
	if opts.BFloat16 {
		multiplied = tensors{roundedToBFloat16(v.x), roundedToBFloat16(v.w), roundedToBFloat16(v.y)}
	}
	y, dx, dw := newReference(len(v.y)), newReference(len(v.x)), newReference(len(v.w))
	s.each(func(yi, xi, wi int) {
		y.add(yi, multiplied.x[xi], multiplied.w[wi])
		dx.add(xi, multiplied.y[yi], multiplied.w[wi])
		dw.add(wi, multiplied.y[yi], multiplied.x[xi])
	})
	f, err := NewForward(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewInputGrad(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewWeightGrad(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	groups := max(1, s.Groups)
	y.check(t, "y", runForward(t, f, v), factor(s.KH*s.KW*s.C/groups))
	dx.check(t, "dx", runInputGrad(t, g, v), factor(s.KH*s.KW*s.O/groups))
	dw.check(t, "dw", runWeightGrad(t, k, v), factor(s.N*s.OutH()*s.OutW()))
}

// direct sums terms products with one rounding each.
func directFactor(terms int) float64 { return float64(terms) + 2 }

func (s Spec) String() string {
	s = s.explicit()
	return fmt.Sprintf("%dx%dx%dx%d-%dx%dx%d-s%dx%d-p%d,%d,%d,%d-d%dx%d-g%d", s.N, s.H, s.W, s.C, s.KH, s.KW, s.O,
		s.StrideH, s.StrideW, s.PadTop, s.PadBottom, s.PadLeft, s.PadRight, s.DilationH, s.DilationW, s.Groups)
}
