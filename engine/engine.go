// Package engine is a compute.Backend for CPUs: it runs GoMLX graphs with kernels in Go and Go assembly, without
// cgo. A computation is recorded as a graph (package ir), improved by passes (package passes), laid out in time and
// memory (package plan) and executed (package exec).
//
// Importing the package registers the backend under the name "kontrast". Everything that GoMLX's own Go backend
// can do works here too: what the engine has no kernel for, it hands to that backend, op by op.
package engine

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/exec"
)

// Name is the name that the backend is registered under.
const Name = "kontrast"

// TraceEnv is the environment variable that names the trace file where Options.Trace is empty.
const TraceEnv = "KONTRAST_ENGINE_TRACE"

func init() {
	compute.Register(Name, func(config string) (compute.Backend, error) {
		options, err := ParseOptions(config)
		if err != nil {
			return nil, err
		}
		return New(options)
	})
}

// Options configure an engine.
type Options struct {
	// Threads is the number of threads that execute one op together, at most 4096. Zero means GOMAXPROCS.
	// Results do not depend on it.
	Threads int

	// Exact forgoes the algorithms that trade accuracy for speed (Winograd convolution).
	Exact bool

	// BFloat16 rounds the operands of float32 products and convolutions to bfloat16, which has 8 significant bits, and
	// adds up in float32. Processors with AVX512_BF16 multiply such numbers twice as fast; on others the option only
	// rounds. Attention stays float32.
	BFloat16 bool

	// Trace names a file that gets the time of every executed op: a table, and beside it with the suffix .json the
	// same for Chrome's trace viewer. Empty means the value of the environment variable KONTRAST_ENGINE_TRACE, and
	// no trace if that is empty too.
	Trace string
}

// maxThreads is more than a machine has; to ask for many more would take all memory.
const maxThreads = 4096

// ParseOptions reads options from a configuration string such as "threads=2,exact,trace=ops.txt". Those left out have
// their zero values. It is an error if an option is unknown, which names the known ones, or has no such value.
func ParseOptions(config string) (Options, error) {
	var options Options
	for field := range strings.SplitSeq(config, ",") {
		key, value, hasValue := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case key == "":
		case key == "threads":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > maxThreads {
				return options, fmt.Errorf("engine option threads: %q is not a whole number from 1 to %d", value, maxThreads)
			}
			options.Threads = n
		case key == "exact" && !hasValue:
			options.Exact = true
		case key == "bfloat16" && !hasValue:
			options.BFloat16 = true
		case key == "trace" && value != "":
			options.Trace = value
		default:
			return options, fmt.Errorf("engine option %q is not known: use threads=N, exact, bfloat16 or trace=FILE", field)
		}
	}
	return options, nil
}

// Backend implements compute.Backend.
type Backend struct {
	options   Options
	runtime   *exec.Runtime
	finalized atomic.Bool
}

var _ compute.Backend = (*Backend)(nil)

// New returns an engine. It is an error if the number of threads is out of its range, KONTRAST_ENGINE_TIER names no
// tier, or the trace file can't be made. Of a tier that the processor does not have the best that it has takes the
// place.
func New(options Options) (*Backend, error) {
	if options.Threads < 0 || options.Threads > maxThreads {
		return nil, fmt.Errorf("engine option threads: %d is not from 0, for one a processor, to %d",
			options.Threads, maxThreads)
	}
	if err := cpu.Err(); err != nil {
		return nil, err
	}
	if options.Threads == 0 {
		options.Threads = runtime.GOMAXPROCS(0)
	}
	if options.Trace == "" {
		options.Trace = os.Getenv(TraceEnv)
	}
	rt, err := exec.NewRuntime(
		exec.Config{Threads: options.Threads, Exact: options.Exact, BFloat16: options.BFloat16, Trace: options.Trace},
	)
	if err != nil {
		return nil, err
	}
	return &Backend{options: options, runtime: rt}, nil
}

// Name returns "kontrast".
func (b *Backend) Name() string { return Name }

// String returns "kontrast".
func (b *Backend) String() string { return Name }

// Description returns a line on the backend and its options.
func (b *Backend) Description() string {
	return fmt.Sprintf("kontrast engine for CPUs (threads=%d, exact=%t, bfloat16=%t)",
		b.options.Threads, b.options.Exact, b.options.BFloat16)
}

// NumDevices returns 1.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription describes the processor.
func (b *Backend) DeviceDescription(compute.DeviceNum) string {
	return fmt.Sprintf("%s/%s, %d threads", runtime.GOOS, runtime.GOARCH, b.options.Threads)
}

// Builder starts a new computation.
func (b *Backend) Builder(name string) compute.Builder { return newBuilder(b, name) }

// InParallel calls f(0), …, f(n-1), each once and in any order, on the engine's threads. f may execute computations:
// they take the threads that have nothing else to do.
func (b *Backend) InParallel(n int, f func(i int)) { b.runtime.InParallel(n, f) }

// Finalize releases the backend's memory.
func (b *Backend) Finalize() {
	if !b.finalized.Swap(true) {
		b.runtime.Close()
	}
}

// IsFinalized says whether Finalize was called.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

func (b *Backend) checkAlive() error {
	if b.IsFinalized() {
		return errors.Errorf("backend %q is finalized", Name)
	}
	return nil
}

func notImplemented(op compute.OpType) error {
	return errors.Wrapf(notimplemented.NotImplementedError, "op %s on backend %q", op, Name)
}
