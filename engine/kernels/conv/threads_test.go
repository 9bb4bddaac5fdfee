package conv

import (
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// Plans for more threads give the same bits.
func TestItemsForManyThreads(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range []Spec{
			same(2, 56, 64, 3, 64, 1), same(3, 28, 128, 1, 96, 1), same(4, 28, 32, 3, 64, 2), same(2, 33, 3, 7, 64, 2),
			same(1, 14, 256, 3, 160, 1),
		} {
			for _, opts := range []Options{{}, {Exact: true}} {
				v := randomTensors(s.explicit())
				var first [3][]float32
				for _, s.Threads = range []int{0, 24, 64} {
					got := [3][]float32{}
					forward, err := NewForward(s, opts)
					if err != nil {
						t.Fatal(err)
					}
					got[0] = runForward(t, forward, v)
					input, _ := NewInputGrad(s, opts)
					got[1] = runInputGrad(t, input, v)
					weights, _ := NewWeightGrad(s, opts)
					got[2] = runWeightGrad(t, weights, v)
					for i := range got {
						if first[i] == nil {
							first[i] = got[i]
						}
						if !slices.Equal(got[i], first[i]) {
							t.Errorf("%v for %d threads, %+v, direction %d: other bits than for 0", s, s.Threads, opts, i)
						}
					}
				}
			}
		}
	})
}
