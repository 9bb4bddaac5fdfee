package gemm

import (
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// More threads get more items, and the same bits.
func TestItemsForManyThreads(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range []Spec{
			{M: 4160, N: 192, K: 24}, {M: 1500, N: 300, K: 500, TransB: true}, {M: 300, N: 1500, K: 70, TransA: true},
			{M: 90, N: 70, K: 9000, TransA: true}, {M: 17, N: 2000, K: 300}, {M: 4000, N: 40, K: 400, BFloat16: true},
			{M: 40, N: 2048, K: 500}, {M: 70, N: 300, K: 3000, TransA: true}, {M: 700, N: 50, K: 2500, TransA: true},
		} {
			na, nb, nc := s.extents()
			a, b := kerneltest.Random(1, na, -1, 1), kerneltest.Random(2, nb, -1, 1)
			var first []float32
			for _, s.Threads = range []int{0, 8, 24, 64} {
				g, err := New(s)
				if err != nil {
					t.Fatal(err)
				}
				c := make([]float32, nc)
				g.Run(pools[1], c, a, b, make([]float32, g.ScratchSize(3)), nil)
				if first == nil {
					first = c
				}
				if !slices.Equal(c, first) {
					t.Errorf("%+v: other bits than for 0 threads", s)
				}
			}
		}
		for threads, want := range map[int]int{1: 32, 8: 32, 16: 64, 32: 96} {
			g, err := New(Spec{M: 4160, N: 192, K: 192, Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			items := ceil(g.rowTiles, g.itemTiles) * ceil(g.colPanels, g.itemPanels)
			if items < want || items > 3*want {
				t.Errorf("%d items for %d threads: expected %d to %d", items, threads, want, 3*want)
			}
		}
	})
}
