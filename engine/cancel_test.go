package engine_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"

	"github.com/kontrast-ml/kontrast/engine"
)

const chainSide, chainLength = 96, 24

// chain compiles a chain of products of matrices: an op a link, between which an execution can be stopped.
func chain(b *engine.Backend) compute.Executable {
	builder := b.Builder("chain")
	f := builder.Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, chainSide, chainSide), nil))
	y := x
	for range chainLength {
		y = testutil.Must1(f.DotGeneral(y, []int{1}, nil, x, []int{0}, nil, compute.DotGeneralConfig{}))
	}
	testutil.Must(f.Return([]compute.Value{y}, nil))
	return testutil.Must1(builder.Compile())
}

// permutation returns a matrix whose powers are exact: each row moves by one.
func permutation(b *engine.Backend) (compute.Buffer, error) {
	buf, flat, err := b.NewSharedBuffer(0, shapes.Make(dtypes.Float32, chainSide, chainSide))
	if err != nil {
		return nil, err
	}
	clear(flat.([]float32))
	for i := range chainSide {
		flat.([]float32)[i*chainSide+(i+1)%chainSide] = 1
	}
	return buf, nil
}

// checkChain says what is wrong with the result of the chain.
func checkChain(out compute.Buffer) error {
	data, err := out.Data()
	if err != nil {
		return err
	}
	for i, v := range data.([]float32) {
		want := float32(0)
		if i%chainSide == (i/chainSide+chainLength+1)%chainSide {
			want = 1
		}
		if v != want {
			return fmt.Errorf("element %d is %g, want %g", i, v, want)
		}
	}
	return nil
}

// until executes the chain again and again until it is stopped, and returns why, or what is wrong. It signals on
// started when it has a first result.
func until(b *engine.Backend, exec compute.Executable, donate bool, started func()) (stopped, wrong error) {
	for {
		in, err := permutation(b)
		if err != nil {
			return err, nil
		}
		out, err := exec.Execute([]compute.Buffer{in}, []bool{donate}, 0)
		if err != nil {
			_, gone := in.Data()
			refused := strings.Contains(err.Error(), "is finalized") || strings.Contains(err.Error(), "executable was finalized")
			if (gone != nil) != (donate && !refused) {
				return err, fmt.Errorf("after %w: Data of the input (donated: %t): %v", err, donate, gone)
			}
			return err, nil
		}
		if err := checkChain(out[0]); err != nil {
			return nil, err
		}
		for _, buf := range []compute.Buffer{in, out[0]} {
			if err := buf.Finalize(); err != nil {
				return nil, err
			}
		}
		started()
	}
}

// TestFinalizeStopsExecutions finalizes the engine, or the executable, while executions are in flight: each ends with
// its result or with an error that says why, and helpers and memory are given back.
func TestFinalizeStopsExecutions(t *testing.T) {
	const runners = 4
	for _, test := range []struct {
		name     string
		options  engine.Options
		finalize func(b *engine.Backend, exec compute.Executable)
		reasons  []string
	}{
		{"engine", engine.Options{Threads: 3}, func(b *engine.Backend, _ compute.Executable) { b.Finalize() },
			[]string{`execution of "chain" stopped: the engine was finalized`, `backend "kontrast" is finalized`}},
		{"engine with a trace", engine.Options{Threads: 2, Trace: filepath.Join(t.TempDir(), "trace")},
			func(b *engine.Backend, _ compute.Executable) { b.Finalize() },
			[]string{`execution of "chain" stopped: the engine was finalized`, `backend "kontrast" is finalized`}},
		{"executable", engine.Options{Threads: 3}, func(_ *engine.Backend, exec compute.Executable) { exec.Finalize() },
			[]string{"executable was finalized"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			goroutines, memory := runtime.NumGoroutine(), heapInUse()
			for range 5 {
				b, err := engine.New(test.options)
				if err != nil {
					t.Fatal(err)
				}
				exec := chain(b)
				var started, ended sync.WaitGroup
				started.Add(runners)
				for i := range runners {
					ended.Go(func() {
						once := sync.OnceFunc(started.Done)
						defer once()
						stopped, wrong := until(b, exec, i%2 == 0, once)
						if wrong != nil {
							t.Errorf("runner %d: %v", i, wrong)
							return
						}
						for _, reason := range test.reasons {
							if strings.Contains(stopped.Error(), reason) {
								return
							}
						}
						t.Errorf("runner %d stopped with %q, want one of %q", i, stopped, test.reasons)
					})
				}
				started.Wait()
				test.finalize(b, exec)
				ended.Wait()
				b.Finalize()
			}
			for n := 0; runtime.NumGoroutine() > goroutines; n++ {
				if n == 1_000_000 {
					t.Fatalf("%d goroutines, %d before the engines", runtime.NumGoroutine(), goroutines)
				}
				runtime.Gosched()
			}
			if after := heapInUse(); after > memory+1<<20 {
				t.Errorf("%d KB of memory more than before the engines", (after-memory)>>10)
			}
		})
	}
}
