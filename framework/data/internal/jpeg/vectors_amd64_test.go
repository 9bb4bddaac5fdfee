package jpeg

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"
)

// withoutVectors runs f on the loops in Go.
func withoutVectors(t *testing.T, f func()) {
	t.Helper()
	if !vectors {
		t.Skip("this processor has no AVX2: there are only the loops in Go")
	}
	vectors = false
	defer func() { vectors = true }()
	f()
}

func TestBlocksAreTheSameWithVectors(t *testing.T) {
	stream := rand.New(rand.NewPCG(1, 1))
	for trial := range 2000 {
		var b, scale block
		for range 1 + stream.IntN(64) {
			at := stream.IntN(64)
			b[at] = int16(stream.IntN(1<<(1+trial%16)) - 1<<(trial%16))
			scale[at] = int16(1 + stream.IntN(1<<(trial%17)))
		}
		stride := 8 + trial%5
		got, want := make([]uint8, 8*stride), make([]uint8, 8*stride)
		b.inverse(&scale, got, stride)
		withoutVectors(t, func() { b.inverse(&scale, want, stride) })
		if !slices.Equal(got, want) {
			t.Fatalf("trial %d: got %v, want %v", trial, got, want)
		}
	}
}

func TestPixelsAreTheSameWithVectors(t *testing.T) {
	stream := rand.New(rand.NewPCG(1, 2))
	for _, ratio := range ratios {
		for range 60 {
			m := image.NewYCbCr(image.Rect(0, 0, 1+stream.IntN(90), 1+stream.IntN(5)), ratio)
			for _, plane := range [][]uint8{m.Y, m.Cb, m.Cr} {
				for i := range plane {
					plane[i] = uint8(stream.Uint32())
				}
			}
			got := make([]uint8, 3*m.Rect.Dx()*m.Rect.Dy())
			want := make([]uint8, len(got))
			Convert(got, m, 1)
			withoutVectors(t, func() { Convert(want, m, 1) })
			if !slices.Equal(got, want) {
				t.Fatalf("%v of %v: got %v, want %v", ratio, m.Rect, got, want)
			}
		}
	}
}

// TestAllColorsAreTheSameWithVectors converts every pair of chroma values, at three levels of luma.
func TestAllColorsAreTheSameWithVectors(t *testing.T) {
	for _, light := range []uint8{0, 117, 255} {
		m := image.NewYCbCr(image.Rect(0, 0, 256, 256), image.YCbCrSubsampleRatio444)
		for i := range m.Y {
			m.Y[i], m.Cb[i], m.Cr[i] = light, uint8(i), uint8(i>>8)
		}
		got, want := make([]uint8, 3<<16), make([]uint8, 3<<16)
		Convert(got, m, 1)
		withoutVectors(t, func() { Convert(want, m, 1) })
		if !slices.Equal(got, want) {
			t.Fatalf("luma %d: colors differ", light)
		}
	}
}
