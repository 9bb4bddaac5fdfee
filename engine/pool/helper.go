package pool

import (
	"runtime"
	"sync/atomic"
)

const (
	// helperSpins bounds how long a helper waits for the next job before it parks, at about a millisecond.
	helperSpins = 20_000
	// yieldEvery lets other goroutines have the thread while a helper spins.
	yieldEvery = 512
	// callerSpins bounds how long the caller waits for the last items before it yields.
	callerSpins = 1_000
)

type helper struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [64]byte
}

func (h *helper) serve(p *Pool, worker int) {
	if p.processors != nil {
		lockToThread()
	}
	last := p.current.Load()
	for !p.closed.Load() {
		if p.processors != nil && last.processor == currentProcessor() {
			moveAwayFrom(last.processor, worker, p.processors)
		}
		last.work(worker)
		last = h.await(p, last)
	}
}

// await returns the first job that is not last.
func (h *helper) await(p *Pool, last *job) *job {
	for n := 1; ; n++ {
		if j := p.current.Load(); j != last {
			return j
		}
		if n <= helperSpins {
			// A helper that is wired to its thread would have to wake another one to yield.
			if n%yieldEvery == 0 && p.processors == nil {
				runtime.Gosched()
			}
			pause()
			continue
		}
		h.asleep.Store(true)
		// A job stored before asleep was set may have found us awake.
		if p.current.Load() == last || !h.asleep.CompareAndSwap(true, false) {
			<-h.wake
		}
		n = 0
	}
}

func (h *helper) wakeUp() {
	if h.asleep.Load() && h.asleep.CompareAndSwap(true, false) {
		h.wake <- struct{}{}
	}
}
