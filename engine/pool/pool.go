// Package pool runs the work items of a kernel on a fixed set of threads.
//
// Items are handed out by an atomic counter and the caller takes part. Between
// jobs the helpers spin for a bounded time before they park: waking a parked
// thread takes some hundred microseconds, a spinning one a few.
package pool

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// Pool is a set of helper goroutines. It is safe for concurrent use, and a
// work item may itself call Run.
type Pool struct {
	threads int
	current atomic.Pointer[job]
	closed  atomic.Bool
	helpers []helper
	// processors lists what the process may use, if the pool has as many threads; else nil.
	processors []int
}

// New returns a pool of that many threads, the caller of Run included; 0 or
// less means GOMAXPROCS. Close it when it is no longer needed.
func New(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{threads: threads, helpers: make([]helper, threads-1), processors: processors(threads)}
	p.current.Store(&job{processor: -1})
	for i := range p.helpers {
		h := &p.helpers[i]
		h.wake = make(chan struct{}, 1)
		go h.serve(p, i+1)
	}
	return p
}

// Threads returns the number of threads, 1 for a nil pool; worker numbers are below it.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return p.threads
}

// Items returns the number of work items that leaves none of so many threads idle for long: 4 for each, and 32 at
// least.
func Items(threads int) int { return max(32, 4*threads) }

// Run calls f(item, worker) once for every item in [0, items) and returns when
// all calls have. Two calls that run at the same time have different worker
// numbers, so that a worker number can select scratch memory. Which worker
// gets which item is not determined: results must not depend on it.
//
// If a call panics, the items not yet started are dropped and Run panics with
// a *Panic. A nil pool runs everything on the caller, as worker 0.
func (p *Pool) Run(items int, f func(item, worker int)) {
	if p == nil || items <= 1 || len(p.helpers) == 0 {
		for i := range items {
			f(i, 0)
		}
		return
	}
	j := &job{f: f, items: int64(items)}
	if p.processors != nil {
		j.processor = currentProcessor()
	}
	p.current.Store(j)
	for i := range p.helpers[:min(items-1, len(p.helpers))] {
		p.helpers[i].wakeUp()
	}
	j.work(0)
	for n := 0; j.done.Load() < j.items; n++ {
		pause()
		if n > callerSpins {
			runtime.Gosched()
		}
	}
	j.f = nil // helpers remember the job, and would keep what f has alive
	if failure := j.failure.Load(); failure != nil {
		panic(failure)
	}
}

// Close ends the helpers. Run still works afterwards, on the caller alone.
func (p *Pool) Close() {
	p.closed.Store(true)
	p.current.Store(&job{})
	for i := range p.helpers {
		p.helpers[i].wakeUp()
	}
}

// Panic carries a panic from a work item to the caller of Run.
type Panic struct {
	Value any    // what the item panicked with
	Stack []byte // the stack of the goroutine that panicked
}

// Error is the panic's value and stack.
func (p *Panic) Error() string {
	return fmt.Sprintf("panic in a work item: %v\n%s", p.Value, p.Stack)
}

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// job is one call of Run. A helper that comes late finds next beyond items and
// leaves without touching f.
type job struct {
	f         func(item, worker int)
	items     int64
	processor int // the caller's, if the pool has processors
	failure   atomic.Pointer[Panic]
	_         [64]byte // next and done are written by all workers: lines of their own
	next      atomic.Int64
	_         [64]byte
	done      atomic.Int64
	_         [64]byte
}

func (j *job) work(worker int) {
	for j.claim(worker) {
	}
}

// claim runs items until none is left; it returns true after a panic, when
// there may be more to account for.
func (j *job) claim(worker int) (again bool) {
	running := false
	defer func() {
		if !running {
			return
		}
		if value := recover(); value != nil {
			nested, ok := value.(*Panic)
			if !ok {
				nested = &Panic{Value: value, Stack: debug.Stack()}
			}
			j.failure.CompareAndSwap(nil, nested)
			again = true
		}
		j.done.Add(1)
	}()
	for {
		item := j.next.Add(1) - 1
		if item >= j.items {
			return false
		}
		if j.failure.Load() == nil {
			running = true
			j.f(int(item), worker)
			running = false
		}
		j.done.Add(1)
	}
}
