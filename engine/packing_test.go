package engine_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
)

const packedChannels = 32

var packedKernel = shapes.Make(dtypes.Float32, 3, 3, packedChannels, packedChannels)

// twoConvolutions compiles conv(conv(x, v), w).
func twoConvolutions(b *engine.Backend) compute.Executable {
	builder := b.Builder("convolutions")
	f := builder.Main()
	axes := compute.ConvolveAxesConfig{
		InputChannels: 3, InputSpatial: []int{1, 2}, KernelInputChannels: 2, KernelOutputChannels: 3,
		KernelSpatial:  []int{0, 1},
		OutputChannels: 3, OutputSpatial: []int{1, 2},
	}
	y := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 2, 8, 8, packedChannels), nil))
	for _, name := range []string{"v", "w"} {
		kernel := testutil.Must1(f.Parameter(name, packedKernel, nil))
		y = testutil.Must1(
			f.ConvGeneral(y, kernel, axes, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, []int{1, 1}, []int{1, 1}, 1, 1),
		)
	}
	testutil.Must(f.Return([]compute.Value{y}, nil))
	return testutil.Must1(builder.Compile())
}

// doubling compiles 2·w.
func doubling(b *engine.Backend) compute.Executable {
	builder := b.Builder("doubling")
	f := builder.Main()
	w := testutil.Must1(f.Parameter("w", packedKernel, nil))
	testutil.Must(f.Return([]compute.Value{testutil.Must1(f.Add(w, w))}, nil))
	return testutil.Must1(builder.Compile())
}

// ramp returns n numbers that depend on k.
func ramp(n, k int) []float32 {
	flat := make([]float32, n)
	for i := range flat {
		flat[i] = float32((i*(37+k))%19-9) / 64
	}
	return flat
}

// TestWeightsThatChange changes weights between executions in every way there is; each result must be that of an
// executable which has seen no weights before.
func TestWeightsThatChange(t *testing.T) {
	b := newEngine(t, engine.Options{Threads: 2})
	exec, double := twoConvolutions(b), doubling(b)
	x := testutil.Must1(
		b.BufferFromFlatData(0, ramp(2*8*8*packedChannels, 0), shapes.Make(dtypes.Float32, 2, 8, 8, packedChannels)),
	)
	run := func(e compute.Executable, v, w compute.Buffer) []float32 {
		out := testutil.Must1(e.Execute([]compute.Buffer{x, v, w}, nil, 0))
		defer func() { testutil.Must(out[0].Finalize()) }()
		result := make([]float32, 2*8*8*packedChannels)
		testutil.Must(out[0].ToFlatData(result))
		return result
	}
	rapid.Check(t, func(t *rapid.T) {
		k := 0
		next := func() []float32 { k++; return ramp(packedKernel.Size(), k) }
		weights := make([]compute.Buffer, 3)
		views := make([][]float32, len(weights)) // elements that were handed out
		for i := range weights {
			weights[i] = testutil.Must1(b.BufferFromFlatData(0, next(), packedKernel))
		}
		for range rapid.IntRange(1, 30).Draw(t, "actions") {
			i := rapid.IntRange(0, len(weights)-1).Draw(t, "weights")
			switch action := rapid.SampledFrom([]string{"nothing", "look", "write", "replace", "share", "update"}).Draw(t,
				"action"); action {
			case "look":
				views[i] = testutil.Must1(weights[i].Data()).([]float32)
			case "write":
				if views[i] != nil {
					views[i][rapid.IntRange(0, len(views[i])-1).Draw(t, "element")]++
				}
			case "replace", "share": // most likely in the same memory
				testutil.Must(weights[i].Finalize())
				views[i] = nil
				if action == "replace" {
					weights[i] = testutil.Must1(b.BufferFromFlatData(0, next(), packedKernel))
					break
				}
				buf, flat, err := b.NewSharedBuffer(0, packedKernel)
				testutil.Must(err)
				weights[i], views[i] = buf, flat.([]float32)
				copy(views[i], next())
			case "update":
				weights[i] = testutil.Must1(double.Execute(weights[i:i+1], []bool{true}, 0))[0]
				views[i] = nil
			}
			j := rapid.IntRange(0, len(weights)-1).Draw(t, "second weights") // the same as the first at times
			fresh := twoConvolutions(b)
			want := run(fresh, weights[i], weights[j])
			fresh.Finalize()
			for range rapid.IntRange(1, 3).Draw(t, "executions") {
				if !slices.Equal(run(exec, weights[i], weights[j]), want) {
					t.Fatal("the result is that of other weights")
				}
			}
		}
		for _, w := range weights {
			testutil.Must(w.Finalize())
		}
	})
}

// TestConcurrentWeights runs one executable with several weights at a time.
func TestConcurrentWeights(t *testing.T) {
	b := newEngine(t, engine.Options{Threads: 2})
	exec := twoConvolutions(b)
	x := testutil.Must1(
		b.BufferFromFlatData(0, ramp(2*8*8*packedChannels, 0), shapes.Make(dtypes.Float32, 2, 8, 8, packedChannels)),
	)
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			w := testutil.Must1(b.BufferFromFlatData(0, ramp(packedKernel.Size(), k/2), packedKernel))
			var want []float32
			for range 30 {
				out, err := exec.Execute([]compute.Buffer{x, w, w}, nil, 0)
				if err != nil {
					t.Error(err)
					return
				}
				got := make([]float32, 2*8*8*packedChannels)
				testutil.Must(out[0].ToFlatData(got))
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Errorf("weights %d: the result is that of others", k)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestVariableThatChanges changes a variable of GoMLX by steps of training and through its elements, while another
// graph reads it again and again.
func TestVariableThatChanges(t *testing.T) {
	b := newEngine(t, engine.Options{})
	store := model.NewStore()
	variable := store.RootScope().VariableWithValue("w", tensors.FromFlatDataAndDimensions(make([]float32, 40*50), 40, 50))
	compile := func(f func(*model.Scope, *graph.Node) *graph.Node) *model.Exec {
		exec, err := model.NewExec(b, store, f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(exec.Finalize)
		return exec
	}
	total := compile(func(_ *model.Scope, x *graph.Node) *graph.Node {
		return graph.ReduceAllSum(graph.Dot(x, variable.NodeValue(x.Graph())).Product())
	})
	step := compile(func(_ *model.Scope, x *graph.Node) *graph.Node {
		variable.SetNodeValue(graph.OnePlus(variable.NodeValue(x.Graph())))
		return x
	})
	x := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1}, 64*40), 64, 40)
	sum := 0
	for round := range 12 {
		for range 1 + round%4 {
			out := testutil.Must1(total.Call(x))
			if got := tensors.ToScalar[float32](out[0]); got != float32(64*sum) {
				t.Fatalf("round %d: the sum of the products is %g, want %d", round, got, 64*sum)
			}
		}
		if round%3 == 0 {
			testutil.Must1(step.Call(x))
			sum += 40 * 50
		} else {
			tensors.MustMutableFlatData(variable.MustValue(), func(flat []float32) { flat[round*100]++ })
			sum++
		}
	}
}
