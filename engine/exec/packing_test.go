package exec

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func floats(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

// withWeights makes the graph of a node that reads x and weights, its parameters; the weights lie in memory as flat.
func withWeights(op ir.Op, attrs any, x, weights, out shapes.Shape, flat ...int) *ir.Graph {
	g := &ir.Graph{}
	param := func(shape shapes.Shape) *ir.Value {
		v := g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{Index: len(g.Params)}, nil, shape).Outputs[0]
		g.Params = append(g.Params, v)
		return v
	}
	first, second := param(x), weights
	if len(flat) > 0 {
		second = floats(flat...)
	}
	w := param(second)
	if len(flat) > 0 {
		w = g.New(ir.Op(compute.OpTypeReshape), nil, []*ir.Value{w}, weights).Outputs[0]
	}
	g.Outputs = g.New(op, attrs, []*ir.Value{first, w}, out).Outputs
	return g
}

// convolution is one of 3×3 taps and its output, of the size of its input.
func convolution(op ir.Op, channels, groups int) *ir.Graph {
	image, kernel := floats(2, 12, 12, channels), floats(3, 3, channels/groups, channels)
	return withWeights(op, ir.Conv{
		Axes: compute.ConvolveAxesConfig{
			InputChannels: 3, InputSpatial: []int{1, 2}, KernelInputChannels: 2, KernelOutputChannels: 3,
			KernelSpatial:  []int{0, 1},
			OutputChannels: 3, OutputSpatial: []int{1, 2},
		},
		Strides: []int{1, 1}, Paddings: [][2]int{{1, 1}, {1, 1}}, InputDilations: []int{1, 1}, KernelDilations: []int{1, 1},
		ChannelGroups: groups, BatchGroups: 1,
		InputDims: image.Dimensions, KernelDims: kernel.Dimensions, OutDims: image.Dimensions,
	}, image, kernel, image)
}

// packingGraphs have a node of each kind that packs its weights, which are the second parameter.
func packingGraphs() map[string]*ir.Graph {
	conv, dot := ir.Op(compute.OpTypeConvGeneral), ir.Op(compute.OpTypeDotGeneral)
	plain, transposed := ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}},
		ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{1}}
	return map[string]*ir.Graph{
		"convolution":           convolution(conv, 64, 1),
		"grouped convolution":   convolution(conv, 64, 2),
		"depthwise convolution": convolution(conv, 32, 32),
		"input gradient":        convolution(ir.OpConvInputGrad, 64, 1),
		"product":               withWeights(dot, plain, floats(70, 50), floats(50, 90), floats(70, 90)),
		"transposed weights":    withWeights(dot, transposed, floats(70, 50), floats(90, 50), floats(70, 90)),
		"reshaped weights":      withWeights(dot, plain, floats(70, 50), floats(50, 90), floats(70, 90), 5, 10, 90),
		"loop by rows":          dotEpilogueGraph([]int{40, 20}, 72, 30, "in place", true),
		"loop after":            dotEpilogueGraph([]int{40, 20}, 72, 30, "long rows", true),
	}
}

// sines fills a block with numbers that depend on k.
func sines(b []byte, k int) {
	for i := range f32(b) {
		f32(b)[i] = float32(math.Sin(float64((k+1)*i) * 1.3))
	}
}

// sinesFor returns an input for each parameter.
func sinesFor(rt *Runtime, g *ir.Graph) []*Block {
	var inputs []*Block
	for k, v := range g.Params {
		b := rt.Heap.Get(v.Bytes())
		sines(b.Bytes, k)
		inputs = append(inputs, b)
	}
	return inputs
}

// execute returns the elements of the first result.
func execute(t *testing.T, rt *Runtime, p *Program, inputs []*Block) []float32 {
	t.Helper()
	out, err := p.Run(inputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	result := slices.Clone(f32(out[0].Bytes))
	for _, b := range out {
		rt.Heap.Put(b)
	}
	return result
}

func compiled(t *testing.T, rt *Runtime, g *ir.Graph) *Program {
	t.Helper()
	p, err := Compile(rt, g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Weights are packed twice and then no more, unless they can have changed. That they are not packed again shows when
// they are changed behind the heap's back.
func TestPackingsAreKept(t *testing.T) {
	for level := cpu.Portable; level <= cpu.Supported(); level++ {
		for kind, g := range packingGraphs() {
			t.Run(level.String()+" "+kind, func(t *testing.T) {
				defer cpu.SetTier(level)()
				rt := newRuntime(t)
				p, inputs := compiled(t, rt, g), sinesFor(rt, g)
				check := func(what string, want []float32) {
					t.Helper()
					if got := execute(t, rt, p, inputs); !slices.Equal(got, want) {
						t.Errorf("%s: the result differs", what)
					}
				}
				again := func() []float32 { return execute(t, rt, compiled(t, rt, g), inputs) }

				first, weights := again(), inputs[1]
				for range 3 {
					check("same weights", first)
				}
				sines(weights.Bytes, 7)
				check("weights whose packing is kept", first)
				weights.Expose()
				second := again()
				check("weights that were exposed", second)
				check("weights that were exposed, kept", second)
				for k := range 3 {
					sines(weights.Bytes, 8+k)
					check("weights that were written to", again())
				}
				rt.Heap.Put(weights)
				if inputs[1] = rt.Heap.Get(len(weights.Bytes)); inputs[1] != weights {
					t.Fatal("the heap gave another block")
				}
				sines(weights.Bytes, 20)
				check("other weights in the same block", again())
			})
		}
	}
}

// A constant is packed when it is first read.
func TestPackingOfConstant(t *testing.T) {
	rt := newRuntime(t)
	g := &ir.Graph{}
	x := g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{}, nil, floats(70, 50)).Outputs[0]
	data := make([]byte, 4*50*90)
	sines(data, 1)
	w := g.New(ir.Op(compute.OpTypeConstant), ir.Constant{Data: data}, nil, floats(50, 90)).Outputs[0]
	attrs := ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}}
	g.Params = []*ir.Value{x}
	g.Outputs = g.New(ir.Op(compute.OpTypeDotGeneral), attrs, []*ir.Value{x, w}, floats(70, 90)).Outputs
	p, inputs := compiled(t, rt, g), sinesFor(rt, g)
	want := execute(t, rt, p, inputs)
	clear(data)
	if got := execute(t, rt, p, inputs); !slices.Equal(got, want) {
		t.Error("the constant was packed again")
	}
}

// An update in place gives the variable another content, which the packing of the old one does not outlive.
func TestPackingOfDonatedWeights(t *testing.T) {
	rt := newRuntime(t)
	const n = 64
	g := withWeights(ir.Op(compute.OpTypeDotGeneral), ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}},
		floats(n, n), floats(n, n), floats(n, n))
	p, inputs, sum := compiled(t, rt, g), sinesFor(rt, g), addition(t, rt, n*n)
	for range 3 {
		execute(t, rt, p, inputs)
	}
	for step := range 4 {
		weights, err := sum.Run([]*Block{inputs[1], inputs[0]}, []bool{true, false})
		if err != nil {
			t.Fatal(err)
		}
		if weights[0] != inputs[1] {
			t.Fatal("the sum is not where the donated operand was")
		}
		want := execute(t, rt, compiled(t, rt, g), inputs)
		for range step {
			if got := execute(t, rt, p, inputs); !slices.Equal(got, want) {
				t.Fatalf("step %d: the result is not that of the updated weights", step)
			}
		}
	}
}

// copier packs by copying, and counts how often.
func copier(size int) (p *packer, packed *int) {
	packed = new(int)
	return &packer{size: size, pack: func(_ *pool.Pool, to, from []float32) { *packed++; copy(to, from) }}, packed
}

func ask(p *packer, b *Block) []float32 {
	return p.reusedPacking(&call{in: [][]byte{b.Bytes}, contents: []*content{b.content}}, 0)
}

func TestPackerKeepsNothingThatChangesEachTime(t *testing.T) {
	h := NewHeap()
	p, packed := copier(4)
	b, other := h.Get(16), h.Get(16)
	for range 5 {
		if ask(p, b) != nil || ask(p, other) != nil {
			t.Error("a packing is kept of operands that alternate")
		}
	}
	for range 5 {
		b.renew()
		if ask(p, b) != nil {
			t.Error("a packing is kept of an operand that changes each time")
		}
	}
	b.Expose()
	for range 6 {
		ask(p, b)
		b.Bytes[3]++
	}
	if *packed != 1 {
		t.Errorf("an operand that is written to each time was packed %d times to be kept, want once", *packed)
	}
}

func TestPackingEndsWithItsContent(t *testing.T) {
	h := NewHeap()
	p, _ := copier(4)
	b := h.Get(16)
	for what, end := range map[string]func(){"renewed": b.renew, "freed": func() { h.Put(b) }} {
		ask(p, b)
		if ask(p, b) == nil {
			t.Fatal("an operand that does not change is not kept packed")
		}
		if end(); p.last.Load() != nil {
			t.Errorf("the packing is still there when the operand was %s", what)
		}
		b = h.Get(16)
	}
}

// The weights of a program that is gone hold no packing.
func TestPackingEndsWithItsPacker(t *testing.T) {
	h := NewHeap()
	b := h.Get(16)
	func() {
		p, _ := copier(4)
		ask(p, b)
		ask(p, b)
	}()
	runtime.GC()
	if len(b.content.users) != 1 || b.content.users[0].Value() != nil {
		t.Error("the packer outlives its program")
	}
	p, _ := copier(4)
	other := h.Get(16)
	for range 3 { // two weights in turns
		for _, operand := range []*Block{b, b, other, other} {
			ask(p, operand)
		}
	}
	if n := len(b.content.users); n != 1 {
		t.Errorf("the content has %d packers, want 1", n)
	}
}
