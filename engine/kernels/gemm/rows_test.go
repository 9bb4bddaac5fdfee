package gemm

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Run calls done once for each item, when its rows hold what they hold in the end.
func TestRowsAreDone(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range []Spec{
			{M: 500, N: 70, K: 30}, {M: 7, N: 200, K: 900}, {M: 100, N: 33, K: 5, TransB: true},
			{M: 96, N: 80, K: 4000, TransA: true},
			{M: 20, N: 70, K: 10, Batch: []Axis{{Size: 30, StrideA: 200, StrideC: 1400}}}, // rows that continue
		} {
			g, err := New(s)
			if err != nil {
				t.Fatal(err)
			}
			rows := g.RowsPerItem()
			if rows == 0 { // columns are apart
				continue
			}
			total := s.M * s.batch()
			a, b := kerneltest.Random(1, total*s.K, 0, 1), kerneltest.Random(2, s.K*s.N, 0, 1)
			for _, threads := range []int{1, 3} {
				t.Run(fmt.Sprint(s, threads), func(t *testing.T) {
					p := pool.New(threads)
					defer p.Close()
					c, seen := make([]float32, total*s.N), make([]float32, total*s.N)
					var lock sync.Mutex
					var items []int
					g.Run(p, c, a, b, make([]float32, g.ScratchSize(threads)), func(item, worker int) {
						if worker < 0 || worker >= threads {
							t.Errorf("worker %d of %d", worker, threads)
						}
						from, to := item*rows*s.N, min((item+1)*rows, total)*s.N
						copy(seen[from:to], c[from:to])
						lock.Lock()
						defer lock.Unlock()
						items = append(items, item)
					})
					if !slices.Equal(seen, c) {
						t.Error("rows changed after the call")
					}
					slices.Sort(items)
					for i, item := range items {
						if item != i {
							t.Fatalf("items %v: expected each once", items)
						}
					}
					if want := (total + rows - 1) / rows; len(items) != want {
						t.Errorf("%d items of %d rows, want %d", len(items), rows, want)
					}
				})
			}
		}
	})
}

func TestRowsOfBatchesAreNotDone(t *testing.T) {
	for _, s := range []Spec{
		{M: 20, N: 70, K: 10, Batch: []Axis{{Size: 30, StrideA: 200, StrideB: 700, StrideC: 1400}}},
		{M: 20, N: 70}, {N: 70, K: 3},
	} {
		g, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.RowsPerItem(); got != 0 {
			t.Errorf("%v: %d rows, want 0", s, got)
		}
		na, nb, nc := s.extents()
		g.Run(nil, make([]float32, nc), make([]float32, na), make([]float32, nb), make([]float32, g.ScratchSize(1)),
			func(int, int) { t.Errorf("%v: rows are called done", s) })
	}
}
