package engine_test

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/cpu"
)

// network is a small convolutional network with every kind of loop: batch norm, ReLU, residual, pooling, softmax.
func network(scope *model.Scope, x *graph.Node) (loss *graph.Node) {
	g := x.Graph()
	variable := func(name string, dims ...int) *graph.Node {
		flat := make([]float32, shapes.Make(dtypes.Float32, dims...).Size())
		for i := range flat {
			flat[i] = float32((i*37)%19-9) / 20
		}
		return scope.VariableWithValue(name, tensors.FromFlatDataAndDimensions(flat, dims...)).NodeValue(g)
	}
	relu := func(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) }
	norm := func(x *graph.Node, name string) *graph.Node {
		c := x.Shape().Dim(-1)
		y, _, _ := graph.InternalBatchNormForTraining(
			x, graph.OnePlus(variable(name+"_scale", c)), variable(name+"_shift", c), 1e-5, -1,
		)
		return y
	}
	c := x.Shape().Dim(-1)
	h := relu(norm(graph.Convolve(x, variable("conv1", 3, 3, c, 16)).PadSame().Done(), "bn1"))
	r := norm(graph.Convolve(h, variable("conv2", 3, 3, 16, 16)).PadSame().Done(), "bn2")
	h = relu(graph.Add(r, h))
	h = graph.MaxPool(h).Window(2).Done()
	features := graph.ReduceMean(h, 1, 2)
	logits := graph.Dot(features, variable("head", 16, 10)).Product()
	return graph.Neg(graph.ReduceAllMean(graph.SliceAxis(graph.LogSoftmax(logits, -1), -1, graph.AxisRange(3, 4))))
}

// trainer trains the network; each step returns the loss.
func trainer(t testing.TB, b compute.Backend, batch, size int) (step func() float32, weights func() []float32) {
	t.Helper()
	store := model.NewStore()
	exec, err := model.NewExec(b, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		loss := network(scope, x)
		var variables []*model.Variable
		var nodes []*graph.Node
		for v := range store.IterVariables() {
			variables = append(variables, v)
			nodes = append(nodes, v.NodeValue(x.Graph()))
		}
		for i, grad := range graph.Gradient(loss, nodes...) {
			variables[i].SetNodeValue(graph.Sub(nodes[i], graph.MulScalar(grad, 0.05)))
		}
		return loss
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	flat := make([]float32, batch*size*size*3)
	for i := range flat {
		flat[i] = float32((i*29)%23-11) / 11
	}
	x := tensors.FromFlatDataAndDimensions(flat, batch, size, size, 3)
	step = func() float32 {
		out, err := exec.Call(x)
		if err != nil {
			t.Fatal(err)
		}
		defer out[0].MustFinalizeAll()
		return tensors.ToScalar[float32](out[0])
	}
	weights = func() []float32 {
		var all []float32
		for v := range store.IterVariables() {
			all = append(all, tensors.MustCopyFlatData[float32](v.MustValue())...)
		}
		return all
	}
	return step, weights
}

func TestTrainingLowersTheLoss(t *testing.T) {
	step, _ := trainer(t, newEngine(t, engine.Options{}), 8, 8)
	first := step()
	var last float32
	for range 30 {
		last = step()
	}
	if !(last < first/2) {
		t.Errorf("the loss went from %g to %g in 30 steps", first, last)
	}
}

func TestResultsDoNotDependOnThreads(t *testing.T) {
	var want []float32
	for _, threads := range []int{1, 2, 3, 5, 20} {
		step, weights := trainer(t, newEngine(t, engine.Options{Threads: threads}), 16, 16)
		for range 3 {
			step()
		}
		got := weights()
		if want == nil {
			want = got
		}
		if !slices.Equal(want, got) {
			t.Errorf("%d threads give other weights than 1", threads)
		}
	}
}

// TestTiers trains with the kernels of every tier that the processor has.
func TestTiers(t *testing.T) {
	var want float32
	for tier := cpu.Portable; tier <= cpu.Supported(); tier++ {
		restore := cpu.SetTier(tier)
		step, _ := trainer(t, newEngine(t, engine.Options{}), 8, 8)
		step()
		step()
		got := step()
		restore()
		if tier == cpu.Portable {
			want = got
		}
		if d := got - want; !(d < 1e-4 && d > -1e-4) {
			t.Errorf("tier %s: loss %g after three steps, the portable tier has %g", tier, got, want)
		}
	}
}

func TestNoLeak(t *testing.T) {
	steps := 10_000
	if testing.Short() {
		steps = 500
	}
	step, _ := trainer(t, newEngine(t, engine.Options{Threads: 1}), 1, 4)
	for range 200 {
		step()
	}
	before := heapInUse()
	for range steps {
		step()
	}
	if after := heapInUse(); after > before+4<<20 {
		t.Errorf("%d steps took %d KB of memory", steps, (after-before)>>10)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestConcurrentExecutions(t *testing.T) {
	b := newEngine(t, engine.Options{})
	exec, err := graph.NewExec(b, func(x *graph.Node) *graph.Node {
		return graph.Softmax(graph.Dot(x, x).General([]int{1}, nil, []int{1}, nil), -1)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	run := func(seed int) []float32 {
		flat := make([]float32, 60*40)
		for i := range flat {
			flat[i] = float32((i*seed)%13) / 13
		}
		out, err := exec.Call(tensors.FromFlatDataAndDimensions(flat, 60, 40))
		if err != nil {
			t.Error(err)
			return nil
		}
		return tensors.MustCopyFlatData[float32](out[0])
	}
	var want [8][]float32
	for seed := range want {
		want[seed] = run(seed)
	}
	var wg sync.WaitGroup
	for seed := range want {
		wg.Go(func() {
			for range 50 {
				if !slices.Equal(want[seed], run(seed)) {
					t.Errorf("seed %d: another result among concurrent executions", seed)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestPanicsBecomeErrors divides integers by zero, on all threads, and by one afterwards.
func TestPanicsBecomeErrors(t *testing.T) {
	b := newEngine(t, engine.Options{Threads: 3})
	exec, err := graph.NewExec(b, func(x, y *graph.Node) *graph.Node { return graph.Div(x, y) })
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	x := tensors.FromFlatDataAndDimensions(make([]int32, 100_000), 100_000)
	for range 3 {
		_, err := exec.Call(x, int32(0))
		if err == nil || !strings.Contains(err.Error(), "op Div with operands [(Int32)[100000] (Int32)] panicked: ") ||
			!strings.Contains(err.Error(), "divide by zero") {
			t.Fatalf("0 / 0: %v", err)
		}
	}
	if _, err := exec.Call(x, int32(1)); err != nil {
		t.Errorf("0 / 1 after a panic: %v", err)
	}
}

// TestDifferentProgramsAtOnce trains three networks at the same time, each of which becomes what it does alone.
func TestDifferentProgramsAtOnce(t *testing.T) {
	sizes := []int{8, 12, 16}
	train := func(b compute.Backend, size int) []float32 {
		step, weights := trainer(t, b, 4, size)
		for range 5 {
			step()
		}
		return weights()
	}
	var want [3][]float32
	for i, size := range sizes {
		want[i] = train(newEngine(t, engine.Options{}), size)
	}
	b := newEngine(t, engine.Options{Threads: 3})
	var got [3][]float32
	var wg sync.WaitGroup
	for i, size := range sizes {
		wg.Go(func() { got[i] = train(b, size) })
	}
	wg.Wait()
	for i, size := range sizes {
		if !slices.Equal(want[i], got[i]) {
			t.Errorf("images of %d: other weights than alone", size)
		}
	}
}
