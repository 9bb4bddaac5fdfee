package exec

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func newRuntime(t *testing.T) *Runtime {
	t.Helper()
	rt, err := NewRuntime(Config{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rt.Close)
	return rt
}

func TestHeapGivesBlocksAgain(t *testing.T) {
	h := NewHeap()
	a := h.Get(100)
	if uintptr(unsafe.Pointer(&a.Bytes[0]))%64 != 0 {
		t.Error("a block does not begin at a cache line")
	}
	h.Put(a)
	if b := h.Get(96); b == a {
		t.Error("a block of 100 bytes came for 96")
	}
	if b := h.Get(100); b != a {
		t.Error("a block that came back was not used again")
	}
	if b := h.Get(100); b == a {
		t.Error("a block in use was handed out")
	}
	h.Put(a)
	h.Clear()
	if b := h.Get(100); b == a || h.kept != 0 {
		t.Errorf("after Clear: the old block came (%t), %d bytes kept", b == a, h.kept)
	}
	h.Put(h.Get(0)) // nothing to keep
}

// TestStridedAgainstIndices copies random boxes between permuted and reversed tensors of every element size.
func TestStridedAgainstIndices(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	workers := pool.New(2)
	defer workers.Close()
	for range 300 {
		rank, size := 1+r.IntN(4), []int{1, 2, 4, 8, 16}[r.IntN(5)]
		dims := make([]int, rank)
		for i := range dims {
			dims[i] = 1 + r.IntN(7)
		}
		if r.IntN(20) == 0 {
			dims[0] = 4000 // several work items
		}
		order := r.Perm(rank)
		permuted := make([]int, rank)
		for i, axis := range order {
			permuted[i] = dims[axis]
		}
		from := rowMajor(permuted)
		src := make([]int, rank)
		start := 0
		for i, axis := range order {
			src[axis] = from[i]
		}
		if r.IntN(2) == 0 {
			start = (dims[0] - 1) * src[0]
			src[0] = -src[0]
		}
		n := product(dims)
		in, got, want := make([]byte, n*size), make([]byte, n*size), make([]byte, n*size)
		for i := range in {
			in[i] = byte(r.Uint32())
		}
		dst := rowMajor(dims)
		for i := range n {
			at := start
			for axis := range dims {
				at += i / dst[axis] % dims[axis] * src[axis]
			}
			copy(want[i*size:(i+1)*size], in[at*size:])
		}
		newStrided(size, dims, dst, src, 0, start).run(workers, got, in)
		if !slices.Equal(want, got) {
			t.Fatalf("dims %v, source strides %v from %d, %d bytes an element: wrong copy", dims, src, start, size)
		}
	}
}

// TestGatherAgainstIndices collects runs of elements from every start.
func TestGatherAgainstIndices(t *testing.T) {
	dims, strides := []int{3, 2, 5}, []int{1, 0, 7}
	src := make([]float32, 2+4*7+1)
	for i := range src {
		src[i] = float32(i)
	}
	for start := range 30 {
		for count := 1; start+count <= 30; count++ {
			got := make([]float32, count)
			gather(got, src, dims, strides, start)
			for k, x := range got {
				i := start + k
				if want := float32(i/10*strides[0] + i%5*strides[2]); x != want {
					t.Fatalf("element %d of %d from %d: %g, want %g", k, count, start, x, want)
				}
			}
		}
	}
}

func TestDotSpecWantsAdjacentAxes(t *testing.T) {
	for _, c := range []struct {
		name        string
		dot         ir.Dot
		lhs, rhs    []int
		ok          bool
		m, n, k, bs int
	}{
		{"matrices", ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}}, []int{4, 6}, []int{6, 5}, true, 4, 5, 6, 0},
		{"both transposed", ir.Dot{LHSContracting: []int{0}, RHSContracting: []int{1}}, []int{6, 4}, []int{5, 6},
			true, 4, 5, 6, 0},
		{"two axes that lie together", ir.Dot{LHSContracting: []int{1, 2}, RHSContracting: []int{0, 1}}, []int{4, 2, 3},
			[]int{2, 3, 5}, true, 4, 5, 6, 0},
		{"heads", ir.Dot{LHSContracting: []int{3}, LHSBatch: []int{0, 2}, RHSContracting: []int{3}, RHSBatch: []int{0, 2}},
			[]int{2, 7, 3, 8}, []int{2, 9, 3, 8}, true, 7, 9, 8, 2},
		{"two axes in another order", ir.Dot{LHSContracting: []int{1, 2}, RHSContracting: []int{1, 0}}, []int{4, 2, 3},
			[]int{3, 2, 5}, false, 0, 0, 0, 0},
	} {
		spec, ok := dotSpec(c.dot, c.lhs, c.rhs)
		if ok != c.ok {
			t.Errorf("%s: a product of matrices: %t, want %t", c.name, ok, c.ok)
		} else if ok && (spec.M != c.m || spec.N != c.n || spec.K != c.k || len(spec.Batch) != c.bs) {
			t.Errorf("%s: %+v, want M=%d N=%d K=%d and %d batch axes", c.name, spec, c.m, c.n, c.k, c.bs)
		}
	}
}

func TestFlops(t *testing.T) {
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	g := &ir.Graph{}
	value := func(dims ...int) *ir.Value {
		return g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{}, nil, f32(dims...)).Outputs[0]
	}
	dot := g.New(ir.Op(compute.OpTypeDotGeneral),
		ir.Dot{LHSContracting: []int{2}, LHSBatch: []int{0}, RHSContracting: []int{1}, RHSBatch: []int{0}},
		[]*ir.Value{value(3, 4, 6), value(3, 6, 5)}, f32(3, 4, 5))
	if got, want := flops(dot), 2.0*3*4*6*5; got != want {
		t.Errorf("a product does %g operations, want %g", got, want)
	}
	axes := compute.ConvolveAxesConfig{KernelInputChannels: 2, KernelOutputChannels: 3}
	depthwise := g.New(ir.Op(compute.OpTypeConvGeneral), ir.Conv{Axes: axes, ChannelGroups: 8},
		[]*ir.Value{value(2, 9, 9, 8), value(3, 3, 1, 8)}, f32(2, 7, 7, 8))
	if got, want := flops(depthwise), 2.0*2*7*7*8*9; got != want {
		t.Errorf("a depthwise convolution does %g operations, want %g", got, want)
	}
}

// addition is a program that adds two vectors.
func addition(t *testing.T, rt *Runtime, n int) *Program {
	t.Helper()
	g := &ir.Graph{Name: "addition"}
	shape := shapes.Make(dtypes.Float32, n)
	for i := range 2 {
		g.Params = append(g.Params, g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{Index: i}, nil, shape).Outputs[0])
	}
	loop := &ir.Loop{
		Dims: []int{n}, Groups: 1,
		Loads:   []ir.Load{{DType: dtypes.Float32, Strides: []int{1}}, {DType: dtypes.Float32, Strides: []int{1}}},
		Body:    []ir.Instr{{Op: ir.Op(compute.OpTypeAdd), DType: dtypes.Float32, Args: []int{0, 1}}},
		Results: []ir.Result{{Value: 2}},
	}
	g.Outputs = g.New(ir.OpLoop, loop, g.Params, shape).Outputs
	p, err := Compile(rt, g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func filled(rt *Runtime, n int, x float32) *Block {
	b := rt.Heap.Get(4 * n)
	for i := range f32(b.Bytes) {
		f32(b.Bytes)[i] = x
	}
	return b
}

// TestConcurrentRunsHaveFramesOfTheirOwn runs a program many times at once; afterwards its frames wait for the next.
func TestConcurrentRunsHaveFramesOfTheirOwn(t *testing.T) {
	rt := newRuntime(t)
	const n = 100_000
	p := addition(t, rt, n)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			in := []*Block{filled(rt, n, float32(i)), filled(rt, n, 1)}
			for range 20 {
				out, err := p.Run(in, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if y := f32(out[0].Bytes); slices.Min(y) != float32(i+1) || slices.Max(y) != float32(i+1) {
					t.Errorf("sums of %d and 1 from %g to %g", i, slices.Min(y), slices.Max(y))
				}
				rt.Heap.Put(out[0])
			}
		})
	}
	wg.Wait()
	if len(p.frames) < 1 || len(p.frames) > 6 {
		t.Errorf("%d frames after 6 runs at a time", len(p.frames))
	}
	for _, f := range p.frames {
		for i, slot := range p.plan.Slots {
			if slot.Storage != plan.Constant && f.slots[i] != nil {
				t.Errorf("a frame that waits still holds the memory of slot %d", i)
			}
		}
	}
}

// TestDonatedInputIsConsumed writes the sum where a donated operand was, and gives the other back to the heap.
func TestDonatedInputIsConsumed(t *testing.T) {
	rt := newRuntime(t)
	p := addition(t, rt, 1000)
	a, b := filled(rt, 1000, 1), filled(rt, 1000, 2)
	out, err := p.Run([]*Block{a, b}, []bool{true, true})
	if err != nil {
		t.Fatal(err)
	}
	if out[0] != a && out[0] != b {
		t.Error("the sum is in new memory")
	}
	other := a
	if out[0] == a {
		other = b
	}
	if again := rt.Heap.Get(4000); again != other {
		t.Error("the other operand's memory did not come back")
	}
	if y := f32(out[0].Bytes); y[0] != 3 || y[999] != 3 {
		t.Errorf("1 + 2 = %g … %g", y[0], y[999])
	}
}

func TestCloseStopsExecutions(t *testing.T) {
	rt := newRuntime(t)
	p := addition(t, rt, 10)
	in := []*Block{filled(rt, 10, 1), filled(rt, 10, 2)}
	rt.Close()
	if _, err := p.Run(in, nil); err == nil ||
		!strings.Contains(err.Error(), `execution of "addition" stopped: the engine was finalized`) {
		t.Errorf("Run after Close: %v", err)
	}
}

// TestOpWithoutKernelOrReplay cannot be compiled, and the error says which op.
func TestOpWithoutKernelOrReplay(t *testing.T) {
	rt := newRuntime(t)
	g := &ir.Graph{Name: "f"}
	shape := shapes.Make(dtypes.Int32, 3)
	x := g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{}, nil, shape).Outputs[0]
	g.Params = []*ir.Value{x}
	g.Outputs = g.New(ir.Op(compute.OpTypeFFT), nil, g.Params, shape).Outputs
	if _, err := Compile(rt, g); err == nil || !strings.Contains(err.Error(), "no kernel for op FFT with operands "+
		"[(Int32)[3]]") {
		t.Errorf("Compile: %v", err)
	}
}
