package conv

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// same returns a convolution with a square kernel and as much padding on all sides.
func same(n, size, c, kernel, o, stride int) Spec {
	pad := kernel / 2
	return Spec{N: n, H: size, W: size, C: c, KH: kernel, KW: kernel, O: o, StrideH: stride, StrideW: stride,
		PadTop: pad, PadBottom: pad, PadLeft: pad, PadRight: pad}
}

func directSpecs() []Spec {
	dilated := same(2, 9, 16, 3, 16, 1)
	dilated.DilationH, dilated.DilationW = 2, 3
	dilated.PadLeft, dilated.PadRight = 3, 1
	grouped := same(3, 6, 24, 3, 40, 1)
	grouped.Groups = 8
	depthwise := same(2, 7, 35, 3, 35, 1)
	depthwise.Groups = 35
	strided := depthwise
	strided.StrideH, strided.StrideW = 2, 2
	multiplier := same(2, 5, 6, 3, 18, 1)
	multiplier.Groups = 6
	wide, widePointwise := same(3, 5, 144, 3, 160, 1), same(2, 7, 150, 1, 144, 2)
	wide.Groups, widePointwise.Groups = 2, 3
	return []Spec{
		{N: 1, H: 1, W: 1, C: 1, KH: 1, KW: 1, O: 1},
		same(1, 5, 1, 3, 1, 1),
		same(2, 8, 16, 3, 16, 1),
		same(9, 4, 32, 3, 64, 1), // tiles across images, and a ninth image
		same(8, 2, 64, 3, 32, 1),
		same(3, 7, 17, 3, 33, 1), // nothing is a multiple of anything
		same(2, 8, 32, 3, 48, 2),
		same(9, 5, 20, 3, 36, 2),
		same(2, 9, 16, 1, 32, 2), // most pixels get no gradient
		same(2, 6, 64, 1, 256, 1),
		same(2, 23, 3, 7, 64, 2), // the stem of a ResNet
		same(4, 8, 3, 3, 16, 1),
		same(1, 6, 160, 3, 16, 1),
		same(2, 5, 16, 3, 144, 1),
		same(3, 9, 160, 1, 144, 2), // weight gradient packs only the pixels that are read
		same(3, 9, 150, 1, 20, 2),
		same(2, 6, 144, 3, 20, 2),
		{N: 2, H: 8, W: 8, C: 3, KH: 4, KW: 4, O: 48, StrideH: 4, StrideW: 4}, // patches
		{N: 1, H: 9, W: 12, C: 8, KH: 2, KW: 5, O: 8, StrideH: 3, StrideW: 2, PadTop: 1, PadRight: 4},
		{N: 1, H: 4, W: 6, C: 5, KH: 3, KW: 3, O: 7, PadTop: 5, PadLeft: 4, PadBottom: 3, PadRight: 6},
		dilated, grouped, depthwise, strided, multiplier, wide, widePointwise,
	}
}

func TestDirect(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range directSpecs() {
			t.Run(s.String(), func(t *testing.T) {
				checkSpec(t, s, Options{Exact: true}, directFactor)
				checkSpec(t, s, Options{BFloat16: true}, directFactor)
			})
		}
	})
}

func TestRandomSpecs(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			draw := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(r, name) }
			groups := rapid.SampledFrom([]int{1, 1, 1, 2, 3, 5}).Draw(r, "groups")
			s := Spec{
				N: draw("n", 1, 9), H: draw("h", 1, 9), W: draw("w", 1, 9), C: groups * draw("c", 1, 20),
				KH: draw("kh", 1, 4), KW: draw("kw", 1, 4), O: groups * draw("o", 1, 20),
				StrideH: draw("sh", 1, 3), StrideW: draw("sw", 1, 3),
				PadTop: draw("pt", 0, 3), PadBottom: draw("pb", 0, 3), PadLeft: draw("pl", 0, 3), PadRight: draw("pr", 0, 3),
				DilationH: draw("dh", 1, 2), DilationW: draw("dw", 1, 2), Groups: groups,
			}
			if s.Validate() != nil {
				return
			}
			checkSpec(t, s, Options{Exact: true}, directFactor)
			checkSpec(t, s, Options{BFloat16: true}, directFactor)
		})
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.C = 0 }, "conv: C is 0: expected 1 or more"},
		{func(s *Spec) { s.PadLeft = -1 }, "conv: PadLeft is -1: expected 0 or more"},
		{func(s *Spec) { s.Groups = 3 }, "conv: 3 groups do not divide 16 input and 16 output channels evenly"},
		{func(s *Spec) { s.DilationH = 9 }, "conv: the kernel 3x3 (dilation 9x1) is larger than the padded image 10x10"},
	} {
		s := same(1, 8, 16, 3, 16, 1)
		c.change(&s)
		_, err := NewForward(s, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", s, err, c.want)
		}
	}
}

func TestShortOperandsPanic(t *testing.T) {
	s := same(1, 8, 16, 3, 16, 1)
	f, err := NewForward(s, Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		const want = "conv: Forward.Run: x has 1023 elements: expected at least 1024"
		if got := recover(); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}()
	f.Run(
		nil, make([]float32, 1024), make([]float32, 1023), make([]float32, f.PackedSize()), make([]float32, f.ScratchSize(1)),
	)
}

// A plan serves several runs at a time, on one pool, if each has scratch of its own.
func TestConcurrentRuns(t *testing.T) {
	for _, s := range []Spec{same(2, 8, 16, 3, 40, 1), same(8, 16, 32, 3, 32, 1), same(2, 9, 3, 7, 16, 2)} {
		f, err := NewForward(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		k, err := NewWeightGrad(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		v := randomTensors(s)
		wantY, wantW := runForward(t, f, v), runWeightGrad(t, k, v)
		p := pools[1]
		packed := nan(f.PackedSize())
		f.Pack(p, packed, v.w)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				y, dw := nan(len(v.y)), nan(len(v.w))
				f.Run(p, y, v.x, packed, nan(f.ScratchSize(p.Threads())))
				k.Run(p, dw, v.x, v.y, nan(k.ScratchSize(p.Threads())))
				if !slices.Equal(y, wantY) || !slices.Equal(dw, wantW) {
					t.Errorf("%v: a concurrent run has other results", s)
				}
			})
		}
		wait.Wait()
	}
}
