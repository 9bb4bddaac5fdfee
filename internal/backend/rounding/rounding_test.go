package rounding_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/backend/rounding"
	_ "github.com/kontrast-ml/kontrast/internal/testbackend" // registers the engine
)

func newBackend(t *testing.T, name string) compute.Backend {
	t.Helper()
	b, err := compute.NewWithConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// filled has values of about 1 that bfloat16 has to round.
func filled(seed uint64, dimensions ...int) *tensors.Tensor {
	stream := random.New(seed)
	size := 1
	for _, d := range dimensions {
		size *= d
	}
	flat := make([]float32, size)
	for i := range flat {
		flat[i] = float32(stream.Float64()*2 - 1)
	}
	return tensors.FromFlatDataAndDimensions(flat, dimensions...)
}

// run computes a graph and returns its results one after another.
func run(t *testing.T, b compute.Backend, f func([]*graph.Node) []*graph.Node, inputs ...any) (values []float32) {
	t.Helper()
	exec, err := graph.NewExec(b, f)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		values = append(values, tensors.MustCopyFlatData[float32](result)...)
	}
	return values
}

// farthest is the largest distance of two results.
func farthest(t *testing.T, a, b []float32) (off float64) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d values and %d", len(a), len(b))
	}
	for i := range a {
		off = max(off, math.Abs(float64(a[i])-float64(b[i])))
	}
	return off
}

// Products and convolutions, and their gradients, are those of the engine's own
// option: products up to the order of sums, convolutions up to the rounding of their results.
func TestItMultipliesAsTheEngineDoesInBFloat16(t *testing.T) {
	own := newBackend(t, "kontrast:bfloat16")
	full := newBackend(t, "kontrast")
	rounded := rounding.New(full)
	for _, test := range []struct {
		name      string
		f         func([]*graph.Node) []*graph.Node
		inputs    func() []any
		tolerance float64
	}{
		{"product and gradients", func(in []*graph.Node) []*graph.Node {
			product := graph.Dot(in[0], in[1]).Product()
			return append(graph.Gradient(graph.ReduceAllSum(graph.Square(product)), in...), product)
		}, func() []any { return []any{filled(1, 8, 24), filled(2, 24, 6)} }, 1e-4},
		{"convolution and gradients", func(in []*graph.Node) []*graph.Node {
			y := graph.Convolve(in[0], in[1]).PadSame().Done()
			return append(graph.Gradient(graph.ReduceAllSum(y), in...), y)
		}, func() []any { return []any{filled(3, 2, 6, 6, 4), filled(4, 3, 3, 4, 5)} }, 0x1p-2},
	} {
		got := run(t, rounded, test.f, test.inputs()...)
		if off := farthest(t, got, run(t, own, test.f, test.inputs()...)); off > test.tolerance {
			t.Errorf("%s: %.3g from the engine's, want at most %.3g", test.name, off, test.tolerance)
		}
		if slices.Equal(got, run(t, full, test.f, test.inputs()...)) {
			t.Errorf("%s: as in float32", test.name)
		}
	}
}

// What is no product of float32 stays as it is: integers, sorting, loops, and products inside them.
func TestItLeavesTheRestAlone(t *testing.T) {
	full := newBackend(t, "kontrast")
	for name, each := range map[string]func(*graph.Node) *graph.Node{
		"sums":    func(x *graph.Node) *graph.Node { return graph.ReduceSum(graph.Exp(x), 0) },
		"sorting": func(x *graph.Node) *graph.Node { return graph.Sort(x, -1, true) },
		"integers": func(x *graph.Node) *graph.Node {
			whole := graph.ConvertDType(graph.MulScalar(x, 1000), dtypes.Int32)
			return graph.ConvertDType(graph.Dot(whole, graph.Transpose(whole, 0, 1)).Product(), dtypes.Float32)
		},
	} {
		f := func(in []*graph.Node) []*graph.Node { return []*graph.Node{each(in[0])} }
		got := run(t, rounding.New(full), f, filled(5, 4, 7))
		if want := run(t, full, f, filled(5, 4, 7)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	squared := func(in []*graph.Node) []*graph.Node { // by a loop
		x := in[0]
		g := x.Graph()
		cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i := graph.Parameter(g, "i", graph.Const(g, int32(0)).Shape())
			graph.Parameter(g, "power", x.Shape())
			return []*graph.Node{graph.LessThan(i, graph.Const(g, int32(1)))}
		})
		body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i := graph.Parameter(g, "i", graph.Const(g, int32(0)).Shape())
			power := graph.Parameter(g, "power", x.Shape())
			return []*graph.Node{graph.AddScalar(i, 1), graph.Dot(power, power).Product()}
		})
		return graph.While(cond, body, graph.Const(g, int32(0)), x)[1:]
	}
	plain := func(in []*graph.Node) []*graph.Node { return []*graph.Node{graph.Dot(in[0], in[0]).Product()} }
	got, want := run(t, rounding.New(full), squared, filled(6, 5, 5)), run(t, rounding.New(full), plain, filled(6, 5, 5))
	if off := farthest(t, got, want); off > 1e-6 {
		t.Errorf("a product in a loop is %.3g from one outside", off)
	}
}
