package pool

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryItemRunsOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 7} {
		p := New(threads)
		if p.Threads() != threads {
			t.Errorf("New(%d).Threads() = %d", threads, p.Threads())
		}
		for _, items := range []int{0, 1, 2, 3, 100, 5000} {
			counts := make([]atomic.Int32, items)
			busy := make([]atomic.Int32, threads)
			p.Run(items, func(item, worker int) {
				if busy[worker].Add(1) != 1 {
					t.Errorf("two calls at once have worker number %d", worker)
				}
				counts[item].Add(1)
				busy[worker].Add(-1)
			})
			for i := range counts {
				if n := counts[i].Load(); n != 1 {
					t.Fatalf("threads %d: item %d of %d ran %d times", threads, i, items, n)
				}
			}
		}
		p.Close()
	}
}

func TestZeroThreadsMeansGOMAXPROCS(t *testing.T) {
	p := New(0)
	defer p.Close()
	if p.Threads() != runtime.GOMAXPROCS(0) {
		t.Errorf("%d threads, want %d", p.Threads(), runtime.GOMAXPROCS(0))
	}
}

func TestNilPoolRunsOnTheCaller(t *testing.T) {
	sum := 0
	(*Pool)(nil).Run(5, func(item, worker int) { sum += item + 100*worker })
	if sum != 10 {
		t.Errorf("sum %d, want 10", sum)
	}
}

func TestNestedAndConcurrentRuns(t *testing.T) {
	p := New(3)
	defer p.Close()
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				p.Run(8, func(int, int) {
					p.Run(9, func(item, _ int) { total.Add(int64(item)) })
				})
			}
		})
	}
	wg.Wait()
	if want := int64(4 * 50 * 8 * 36); total.Load() != want {
		t.Errorf("total %d, want %d", total.Load(), want)
	}
}

// Helpers park when nothing comes for a while, and come back.
func TestWakesParkedHelpers(t *testing.T) {
	p := New(2)
	defer p.Close()
	for range 3 {
		deadline := time.Now().Add(10 * time.Second)
		for !p.helpers[0].asleep.Load() {
			if time.Now().After(deadline) {
				t.Fatal("the helper never parked")
			}
			time.Sleep(time.Millisecond)
		}
		// Each item waits for the other: only two workers can end this.
		var both sync.WaitGroup
		both.Add(2)
		p.Run(2, func(int, int) { both.Done(); both.Wait() })
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	p := New(3)
	defer p.Close()
	cause := errors.New("the cause")
	for _, nested := range []bool{false, true} {
		var ran atomic.Int64
		func() {
			defer func() {
				failure, ok := recover().(*Panic)
				if !ok || !errors.Is(failure, cause) {
					t.Fatalf("recovered %v, want a *Panic that wraps the cause", failure)
				}
				if !strings.Contains(failure.Error(), "TestPanicReachesTheCaller") {
					t.Errorf("the stack does not show the item:\n%v", failure)
				}
			}()
			p.Run(1000, func(item, _ int) {
				ran.Add(1)
				if item == 10 {
					if nested {
						p.Run(4, func(int, int) { panic(cause) })
					}
					panic(cause)
				}
			})
		}()
		if ran.Load() > 1000 {
			t.Errorf("%d items ran", ran.Load())
		}
	}
	done := 0
	p.Run(1, func(int, int) { done++ })
	if done != 1 {
		t.Error("the pool does not work after a panic")
	}
}

func TestCloseEndsTheHelpers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		p := New(4)
		p.Run(100, func(int, int) {})
		p.Close()
		sum := 0
		p.Run(1, func(int, int) { sum++ })
		if sum != 1 {
			t.Error("Run does not work after Close")
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

func BenchmarkRun(b *testing.B) {
	for _, threads := range []int{1, 2} {
		p := New(threads)
		b.Run(map[int]string{1: "1T", 2: "2T"}[threads], func(b *testing.B) {
			for b.Loop() {
				p.Run(4, func(int, int) {})
			}
		})
		p.Close()
	}
}
