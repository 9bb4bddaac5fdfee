package engine_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/engine"
)

// event is what Chrome's trace viewer needs of a complete event.
type event struct {
	Name, Ph string
	TS, Dur  float64
	PID, TID int
	Args     struct{ Flops float64 }
}

func readEvents(t *testing.T, path string) []event {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []event
	if err := json.Unmarshal(data, &events); err != nil {
		t.Fatal(err)
	}
	return events
}

// TestTrace names the file by the environment variable, and reads both files.
func TestTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ops.txt")
	t.Setenv(engine.TraceEnv, path)
	b, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	step, _ := trainer(t, b, 2, 8)
	step()
	step()
	b.Finalize()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table := string(data)
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if got, want := strings.Fields(lines[0]), "total share calls mean GFLOPS first"; strings.Join(got, " ") != want {
		t.Errorf("columns %v, want %s", got, want)
	}
	share := 0.0
	last := time.Duration(1 << 62)
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		total, err := time.ParseDuration(fields[0])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if total > last {
			t.Errorf("the table is not sorted by time:\n%s", table)
		}
		last = total
		if strings.Contains(line, "ConvWeightGrad") { // of two steps the first is apart
			first, err := time.ParseDuration(fields[5])
			if fields[2] != "1" || err != nil || first <= 0 {
				t.Errorf("calls %s, first %s: want 1 call, and the time of another", fields[2], fields[5])
			}
		}
		percent, err := strconv.ParseFloat(strings.TrimSuffix(fields[1], "%"), 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		share += percent
	}
	if share < 99 || share > 101 {
		t.Errorf("the shares add up to %g %%", share)
	}
	for _, want := range []string{"(Float32)[2, 8, 8, 3] (Float32)[3, 3, 3, 16] → (Float32)[2, 8, 8, 16]",
		"ConvWeightGrad", "Moments"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	events := readEvents(t, path+".json")
	if len(events) == 0 {
		t.Fatal("no events")
	}
	flops := map[string]float64{}
	for _, e := range events {
		if e.Ph != "X" || e.Name == "" || e.TS < 0 || e.Dur < 0 {
			t.Errorf("event %+v", e)
		}
		name, _, _ := strings.Cut(e.Name, " ")
		flops[name] += e.Args.Flops
	}
	// Two steps, two convolutions of a 3x3 window over 8x8 elements of two images, from 3 and 16 to 16 channels. Only the
	// second has a gradient by its input.
	weight := 2 * 2 * 2 * 8 * 8 * 9 * 16.0
	for op, want := range map[string]float64{
		"ConvWeightGrad": weight * (3 + 16), "ConvInputGrad": weight * 16, "Loop": 0,
	} {
		if flops[op] != want {
			t.Errorf("%s does %g operations, want %g", op, flops[op], want)
		}
	}
}

// TestTraceOfConcurrentExecutions has the executions of one lane follow one another.
func TestTraceOfConcurrentExecutions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ops.txt")
	b, err := engine.New(engine.Options{Trace: path})
	if err != nil {
		t.Fatal(err)
	}
	exec, err := graph.NewExec(b, func(x *graph.Node) *graph.Node { return graph.Dot(x, x).Product() })
	if err != nil {
		t.Fatal(err)
	}
	x := tensors.FromFlatDataAndDimensions(make([]float32, 100*100), 100, 100)
	if _, err := exec.Call(x); err != nil { // compiled and on the device before it runs concurrently
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if _, err := exec.Call(x); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	exec.Finalize()
	b.Finalize()
	end := map[int]float64{}
	for _, e := range readEvents(t, path+".json") {
		if e.TS < end[e.TID]-0.01 {
			t.Errorf("lane %d: an event begins at %g µs, before the last one's end at %g µs", e.TID, e.TS, end[e.TID])
		}
		end[e.TID] = e.TS + e.Dur
	}
}

func TestTraceThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "ops.txt")
	_, err := engine.New(engine.Options{Trace: path})
	if err == nil || !strings.Contains(err.Error(), "engine trace: open "+path) {
		t.Errorf("New: %v, want an error that names the file", err)
	}
}
