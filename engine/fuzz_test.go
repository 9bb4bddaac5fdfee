package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
)

// program is a random graph, built alike for any backend.
type program struct {
	inputs []shapes.Shape
	steps  []func(nodes []*graph.Node) *graph.Node
	shapes []shapes.Shape // of inputs and steps
	names  []string
	// gradientError is what rounding to half precision on the way back adds to the gradients' error, relative to the
	// largest.
	gradientError float64
}

func (p *program) add(name string, shape shapes.Shape, step func(nodes []*graph.Node) *graph.Node) {
	p.steps = append(p.steps, step)
	p.shapes = append(p.shapes, shape)
	p.names = append(p.names, name)
}

func float(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

// drawProgram draws a graph of a few ops: of small tensors, or fewer ops of tensors that are several blocks and work
// items of a loop.
func drawProgram(t *rapid.T) *program {
	p := &program{}
	dims := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 3, 5, 16, 33}), 1, 4).Draw(t, "dims")
	most := 12
	if rapid.IntRange(0, 7).Draw(t, "large") == 7 {
		dims, most = enlarged(t, dims), 5
	}
	count := rapid.IntRange(1, most).Draw(t, "ops")
	for i := range rapid.IntRange(1, 3).Draw(t, "inputs") {
		p.inputs = append(p.inputs, float(dims...))
		p.shapes = append(p.shapes, float(dims...))
		p.names = append(p.names, fmt.Sprint("x", i))
	}
	for range count {
		drawStep(t, p)
	}
	return p
}

// enlarged stretches one of the axes of a shape.
func enlarged(t *rapid.T, dims []int) []int {
	size := rapid.SampledFrom([]int{3_000, 20_000, 45_000, 70_000}).Draw(t, "size")
	axis := rapid.IntRange(0, len(dims)-1).Draw(t, "stretched")
	dims[axis] = max(dims[axis], size*dims[axis]/float(dims...).Size())
	return dims
}

func drawStep(t *rapid.T, p *program) {
	x := rapid.IntRange(0, len(p.shapes)-1).Draw(t, "x")
	shape := p.shapes[x]
	rank := shape.Rank()
	var same []int // other values of the same shape
	for i, s := range p.shapes {
		if s.Equal(shape) {
			same = append(same, i)
		}
	}
	y := rapid.SampledFrom(same).Draw(t, "y")
	kind := rapid.IntRange(0, 14+len(moreSteps)).Draw(t, "kind")
	if rank == 0 && kind >= 4 {
		kind %= 4
	}
	axis := 0
	if rank > 0 {
		axis = rapid.IntRange(0, rank-1).Draw(t, "axis")
	}
	if kind > 14 {
		moreSteps[kind-15](t, p, step{x: x, y: y, shape: shape, axis: axis})
		return
	}
	switch kind {
	case 0, 1:
		names, ops := []string{"neg", "tanh", "abs", "logistic", "exp·tanh", "sqrt|x|+1", "relu", "square", "erf"}, unaries()
		k := rapid.IntRange(0, len(ops)-1).Draw(t, "op")
		p.add(names[k], shape, func(n []*graph.Node) *graph.Node { return ops[k](n[x]) })
	case 2, 3:
		ops := []func(a, b *graph.Node) *graph.Node{graph.Add, graph.Sub, graph.Mul, graph.Max, graph.Min,
			func(a, b *graph.Node) *graph.Node { return graph.Div(a, graph.OnePlus(graph.Square(b))) },
			func(a, b *graph.Node) *graph.Node {
				return graph.Where(graph.GreaterThan(a, b), graph.Neg(a), graph.MulScalar(b, 3))
			},
		}
		k := rapid.IntRange(0, len(ops)-1).Draw(t, "op")
		p.add(fmt.Sprint("binary", k), shape, func(n []*graph.Node) *graph.Node { return ops[k](n[x], n[y]) })
	case 4: // sum over a run of axes, kept
		to := rapid.IntRange(axis+1, rank).Draw(t, "to")
		dims := slices.Clone(shape.Dimensions)
		var axes []int
		for a := axis; a < to; a++ {
			dims[a] = 1
			axes = append(axes, a)
		}
		p.add("meanAndKeep", float(dims...), func(n []*graph.Node) *graph.Node {
			return graph.ReduceAndKeep(n[x], graph.ReduceMean, axes...)
		})
	case 5: // normalize
		p.add("softmax", shape, func(n []*graph.Node) *graph.Node { return graph.Softmax(n[x], axis) })
	case 6:
		p.add("maxAndBack", shape, func(n []*graph.Node) *graph.Node {
			// Where several elements are nearly the largest, rounding decides which one has the gradient.
			return graph.Sub(n[x], graph.StopGradient(graph.ReduceAndKeep(n[x], graph.ReduceMax, axis)))
		})
	case 7:
		permutation := rapid.Permutation(seq(rank)).Draw(t, "permutation")
		dims := make([]int, rank)
		for i, a := range permutation {
			dims[i] = shape.Dimensions[a]
		}
		p.add("transpose", float(dims...), func(n []*graph.Node) *graph.Node {
			return graph.TransposeAllAxes(n[x], permutation...)
		})
	case 8:
		d := shape.Dimensions[axis]
		from := rapid.IntRange(0, d-1).Draw(t, "from")
		to := rapid.IntRange(from+1, d).Draw(t, "to")
		dims := slices.Clone(shape.Dimensions)
		dims[axis] = to - from
		p.add("slice", float(dims...), func(n []*graph.Node) *graph.Node {
			return graph.SliceAxis(n[x], axis, graph.AxisRange(from, to))
		})
	case 9:
		dims := slices.Clone(shape.Dimensions)
		dims[axis] *= 2
		if shape.Size() > 5000 {
			return
		}
		p.add("concatenate", float(dims...), func(n []*graph.Node) *graph.Node {
			return graph.Concatenate([]*graph.Node{n[x], n[y]}, axis)
		})
	case 10: // x·xᵀ over the last axis
		if rank < 2 || shape.Size() > 5000 {
			return
		}
		flat := shape.Size() / shape.Dimensions[rank-1]
		if flat > 300 {
			return
		}
		p.add("dot", float(flat, flat), func(n []*graph.Node) *graph.Node {
			a := graph.Reshape(n[x], flat, -1)
			b := graph.Reshape(n[y], flat, -1)
			return graph.MulScalar(graph.Dot(a, b).General([]int{1}, nil, []int{1}, nil), 0.1)
		})
	case 11: // add what is left of a sum over some axes
		var axes []int
		for a := range rank {
			if a != axis {
				axes = append(axes, a)
			}
		}
		if len(axes) == 0 {
			return
		}
		p.add("featureMean", shape, func(n []*graph.Node) *graph.Node {
			return graph.Mul(n[y], graph.ReduceAndKeep(n[x], graph.ReduceMean, axes...))
		})
	case 12:
		p.add("layerNorm", shape, func(n []*graph.Node) *graph.Node {
			centered := graph.Sub(n[x], graph.ReduceAndKeep(n[x], graph.ReduceMean, axis))
			variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, axis)
			return graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, 0.1)))
		})
	case 14:
		to := rapid.IntRange(axis+1, rank).Draw(t, "to")
		p.add("centered", shape, func(n []*graph.Node) *graph.Node {
			return graph.Sub(n[y], graph.ReduceAndKeep(n[x], graph.ReduceMean, seq(rank)[axis:to]...))
		})
	case 13:
		dims := drawReshape(t, shape.Dimensions)
		p.add("reshape", float(dims...), func(n []*graph.Node) *graph.Node { return graph.Reshape(n[x], dims...) })
	}
}

func unaries() []func(x *graph.Node) *graph.Node {
	return []func(x *graph.Node) *graph.Node{
		graph.Neg, graph.Tanh, graph.Abs, graph.Logistic,
		func(x *graph.Node) *graph.Node { return graph.Exp(graph.Tanh(x)) },
		func(x *graph.Node) *graph.Node { return graph.Sqrt(graph.OnePlus(graph.Abs(x))) },
		func(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) },
		func(x *graph.Node) *graph.Node { return graph.Square(graph.Tanh(x)) },
		graph.Erf,
	}
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// build returns some values of the program, and the gradients of a scalar function of the last by the inputs.
func (p *program) build(inputs []*graph.Node) []*graph.Node {
	nodes := slices.Clone(inputs)
	for _, step := range p.steps {
		nodes = append(nodes, step(nodes))
	}
	last := nodes[len(nodes)-1]
	outputs := []*graph.Node{last, nodes[len(nodes)/2]}
	loss := graph.ReduceAllSum(graph.Tanh(graph.MulScalar(last, 0.5)))
	return append(outputs, graph.Gradient(loss, inputs...)...)
}

// TestAgainstReference compares random graphs and their gradients with GoMLX's Go backend.
func TestAgainstReference(t *testing.T) {
	var engines []*engine.Backend
	for _, threads := range []int{1, 2, 3, 24} {
		engines = append(engines, newEngine(t, engine.Options{Threads: threads}))
	}
	reference := gobackend.GetBackend()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProgram(t)
		runs := []run{{seed: 0}, {seed: 1}}[:rapid.IntRange(1, 2).Draw(t, "executions")]
		done, err := p.compare(rapid.SampledFrom(engines).Draw(t, "engine"), reference, 1e-4, runs...)
		if err != nil {
			t.Fatalf("%v of %v: %v", p.names, p.inputs, err)
		}
		if !done {
			t.Skip("the Go backend cannot do it")
		}
	})
}
