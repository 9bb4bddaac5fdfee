package conv

import (
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// roundedToBFloat16 rounds finite numbers in float64, which holds the midpoint of any two bfloat16.
func roundedToBFloat16(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		if v != 0 {
			unit := math.Ldexp(1, math.Ilogb(float64(v))-7)
			out[i] = float32(math.RoundToEven(float64(v)/unit) * unit)
		}
	}
	return out
}

// Images and kernels that are bfloat16 give what their values give as float32.
func TestRunBFloat16(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range directSpecs() {
			v := randomTensors(s)
			f, err := NewForward(s, Options{BFloat16: true, Exact: true})
			if err != nil {
				t.Fatal(err)
			}
			want := runForward(t, f, v)
			got := atThreads(t, len(v.y), func(p *pool.Pool, y []float32) {
				packed := nan(f.PackedSize())
				f.PackBFloat16(p, packed, bitsOfBFloat16(v.w))
				f.RunBFloat16(p, y, bitsOfBFloat16(v.x), packed, nan(f.ScratchSize(p.Threads())))
			})
			if !slices.Equal(got, want) {
				t.Errorf("%v: other results than those of rounded float32", s)
			}
		}
	})
}

func bitsOfBFloat16(x []float32) []uint16 {
	var bits []uint16
	for _, v := range roundedToBFloat16(x) {
		bits = append(bits, uint16(math.Float32bits(v)>>16))
	}
	return bits
}
