package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/bench/internal/memory"
	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// result is what one process measured; torch_step.py prints the same.
type result struct {
	Task    string  `json:"task"`
	Millis  float64 `json:"ms"`       // a step, median
	FirstMS float64 `json:"first_ms"` // the first step: initial values of variables and the first touch of memory included
	PeakMB  float64 `json:"peak_mb"`  // most memory the process ever had (VmHWM)
	Version string  `json:"version,omitempty"`

	// Of the engine; the others if asked for.
	CompileMS float64 `json:"compile_ms,omitempty"` // from the Go functions of the model to what runs
	GFLOP     float64 `json:"gflop,omitempty"`      // operations of a step in convolutions and matrix products, in 1e9
	FMAGFLOPS float64 `json:"fma_gflops,omitempty"` // what the threads can do together in a loop of multiply-adds
}

// run holds the flags of one measurement.
type run struct {
	threads, steps, warmUp int
	forward, flops         bool
	backend                string // configuration of a GoMLX backend; empty is the engine
}

func (r run) config() string {
	if r.backend != "" {
		return r.backend
	}
	return fmt.Sprintf("%s:threads=%d", engine.Name, r.threads)
}

// measure times steps in this process.
func (t task) measure(r run) (result, error) {
	compiled, times, err := t.times(r.config(), r.warmUp+r.steps, r.forward)
	if err != nil {
		return result{}, err
	}
	m := result{Task: t.name, CompileMS: compiled, FirstMS: times[0], PeakMB: memory.Peak()}
	measured := times[r.warmUp:]
	slices.Sort(measured)
	m.Millis = measured[len(measured)/2]
	if r.flops {
		if m.GFLOP, err = t.operations(r); err != nil {
			return m, err
		}
		m.FMAGFLOPS = fmaPeak(r.threads)
	}
	return m, nil
}

// times runs steps on a new backend and returns how long compilation and each step took, in milliseconds.
func (t task) times(config string, steps int, forward bool) (compiled float64, times []float64, err error) {
	b, err := compute.NewWithConfig(config)
	if err != nil {
		return 0, nil, err
	}
	defer b.Finalize()
	images := make([]float32, t.batch*t.size*t.size*3)
	for i := range images {
		images[i] = float32(math.Sin(float64(i) * 1.7))
	}
	labels := make([]int32, t.batch)
	for i := range labels {
		labels[i] = int32(i % classes)
	}
	x := tensors.FromFlatDataAndDimensions(images, t.batch, t.size, t.size, 3)
	y := tensors.FromFlatDataAndDimensions(labels, t.batch)

	store := model.NewStore()
	if err := nn.SetSeed(store, 1); err != nil {
		return 0, nil, err
	}
	backbone, err := t.network()
	if err != nil {
		return 0, nil, err
	}
	exec, err := model.NewExec(b, store, func(scope *model.Scope, x, y *graph.Node) *graph.Node {
		return t.step(scope, backbone, x, y, forward)
	})
	if err != nil {
		return 0, nil, err
	}
	defer exec.Finalize()
	since := func(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }
	start := time.Now()
	if _, err := exec.Compile(x.Shape(), y.Shape()); err != nil {
		return 0, nil, err
	}
	compiled = since(start)
	for i := range steps {
		start := time.Now()
		out, err := exec.Exec(x, y)
		if err != nil {
			return 0, nil, err
		}
		loss := tensors.ToScalar[float32](out[0])
		times = append(times, since(start))
		if math.IsNaN(float64(loss)) {
			return 0, nil, fmt.Errorf("%s: the loss is not a number after %d steps", t.name, i+1)
		}
	}
	return compiled, times, nil
}

// operations counts those of a step, in 1e9, from the trace of one.
func (t task) operations(r run) (float64, error) {
	dir, err := os.MkdirTemp("", "steps")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "trace")
	if _, _, err := t.times(fmt.Sprintf("%s:threads=%d,trace=%s", engine.Name, r.threads, path), 1,
		r.forward); err != nil {
		return 0, err
	}
	data, err := os.ReadFile(path + ".json")
	if err != nil {
		return 0, err
	}
	var events []struct{ Args struct{ Flops float64 } }
	if err := json.Unmarshal(data, &events); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, e := range events {
		sum += e.Args.Flops
	}
	return sum / 1e9, nil
}

// fmaPeak measures what the threads can do at the same time, in 1e9 operations a second.
func fmaPeak(threads int) float64 {
	peaks := make([]float64, threads)
	var wg sync.WaitGroup
	for i := range peaks {
		wg.Go(func() { peaks[i] = cpu.Peak(200 * time.Millisecond) })
	}
	wg.Wait()
	sum := 0.0
	for _, p := range peaks {
		sum += p
	}
	return sum / 1e9
}
