// Package exec runs planned graphs: it has the kernel of every op, or hands the op to GoMLX's Go backend.
package exec

import (
	"sync/atomic"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Config configures a Runtime.
type Config struct {
	Threads  int
	Exact    bool
	BFloat16 bool
	Trace    string
}

// Runtime is what executions share: threads, memory and the trace.
type Runtime struct {
	Heap   *Heap
	config Config
	pool   *pool.Pool
	trace  *trace
	arenas arenas
	closed atomic.Bool
}

// NewRuntime starts the threads. It is an error if the trace cannot be written.
func NewRuntime(config Config) (*Runtime, error) {
	rt := &Runtime{Heap: NewHeap(), config: config}
	if config.Trace != "" {
		var err error
		if rt.trace, err = newTrace(config.Trace); err != nil {
			return nil, err
		}
	}
	rt.pool = pool.New(config.Threads)
	return rt, nil
}

// InParallel calls f(0), …, f(n-1), each once, on the threads; f may run programs.
func (rt *Runtime) InParallel(n int, f func(i int)) { rt.pool.Run(n, func(i, _ int) { f(i) }) }

// Close stops the threads, frees memory and writes the trace. Running executions end with an error.
func (rt *Runtime) Close() {
	if rt.closed.Swap(true) {
		return
	}
	rt.pool.Close()
	rt.Heap.Clear()
	rt.arenas.clear()
	rt.trace.write()
}
