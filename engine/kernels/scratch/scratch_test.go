package scratch

import (
	"sync"
	"testing"
)

func TestLentBuffersDoNotOverlap(t *testing.T) {
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 500 {
				n := 1 + (i*977+worker)%5000
				b := Get(n)
				if len(b.Data) != n {
					t.Errorf("Get(%d) lends %d floats", n, len(b.Data))
				}
				for j := range b.Data {
					b.Data[j] = float32(worker)
				}
				for j, v := range b.Data {
					if v != float32(worker) {
						t.Errorf("element %d was written by worker %g while worker %d had it", j, v, worker)
						return
					}
				}
				b.Free()
			}
		})
	}
	wg.Wait()
}

func TestZeroedIsZeroAfterUse(t *testing.T) {
	used := Get(3000)
	for i := range used.Data {
		used.Data[i] = 1
	}
	used.Free()
	b := Zeroed(2999)
	defer b.Free()
	for i, v := range b.Data {
		if v != 0 {
			t.Fatalf("element %d is %g", i, v)
		}
	}
}
