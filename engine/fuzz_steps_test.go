package engine_test

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/nn"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
)

// step is what a step of a random program starts from: two values of the same shape, of rank 1 and more, and an axis.
type step struct {
	x, y  int
	shape shapes.Shape
	axis  int
}

// moreSteps are the steps that draw arguments of their own.
var moreSteps = []func(t *rapid.T, p *program, s step){
	drawGather, drawScatter, drawWhere, drawBatchNorm, drawDense, drawAttention, drawDot, drawConversion, drawWhile, drawIf, drawPad, drawArgMax,
}

// drawGather looks up rows, some of them twice. Its gradient scatters.
func drawGather(t *rapid.T, p *program, s step) {
	if s.shape.Rank() == 0 {
		return
	}
	rows := s.shape.Dimensions[0]
	indices := rapid.SliceOfN(rapid.Int32Range(0, int32(rows-1)), 1, 6).Draw(t, "indices")
	dims := slices.Clone(s.shape.Dimensions)
	dims[0] = len(indices)
	p.add("gather", float(dims...), func(n []*graph.Node) *graph.Node {
		return graph.Gather(n[s.x], graph.Reshape(graph.Const(n[0].Graph(), indices), -1, 1))
	})
}

func drawScatter(t *rapid.T, p *program, s step) {
	if s.shape.Rank() == 0 {
		return
	}
	rows := s.shape.Dimensions[0]
	indices := rapid.SliceOfN(rapid.Int32Range(0, int32(rows-1)), rows, rows).Draw(t, "indices")
	p.add("scatterSum", s.shape, func(n []*graph.Node) *graph.Node {
		at := graph.Reshape(graph.Const(n[0].Graph(), indices), -1, 1)
		return graph.ScatterSum(n[s.x], at, graph.MulScalar(n[s.y], 0.5), false, false)
	})
}

// drawWhere chooses by a mask of constants, which may be the same for all rows.
func drawWhere(t *rapid.T, p *program, s step) {
	dims := slices.Clone(s.shape.Dimensions)
	if len(dims) > 0 && rapid.Bool().Draw(t, "byColumn") {
		dims[s.axis] = 1
	}
	period := rapid.IntRange(1, 4).Draw(t, "period")
	p.add("where", s.shape, func(n []*graph.Node) *graph.Node {
		iota := graph.Iota(n[0].Graph(), shapes.Make(dtypes.Int32, float(dims...).Size()), 0)
		mask := graph.Equal(graph.ModScalar(iota, period), graph.ScalarZero(n[0].Graph(), dtypes.Int32))
		mask = graph.BroadcastToDims(graph.Reshape(mask, dims...), s.shape.Dimensions...)
		return graph.Where(mask, n[s.x], graph.Neg(n[s.y]))
	})
}

// drawBatchNorm normalises the features along an axis: by the backend's op where it has one, by its formula otherwise.
func drawBatchNorm(_ *rapid.T, p *program, s step) {
	if s.shape.Rank() < 2 || s.shape.Size()/s.shape.Dimensions[s.axis] < 4 {
		return
	}
	features := s.shape.Dimensions[s.axis]
	p.add("batchNorm", s.shape, func(n []*graph.Node) *graph.Node {
		g := n[0].Graph()
		ramp := graph.MulScalar(graph.IotaFull(g, float(features)), 0.1)
		scale, offset := graph.OnePlus(ramp), graph.Neg(ramp)
		const epsilon = 0.1
		if g.Backend().Capabilities().Operations[compute.OpTypeBatchNormForTraining] {
			y, _, _ := graph.InternalBatchNormForTraining(n[s.x], scale, offset, epsilon, s.axis)
			return y
		}
		var others []int
		dims := make([]int, s.shape.Rank())
		for a := range dims {
			dims[a] = 1
			if a != s.axis {
				others = append(others, a)
			}
		}
		dims[s.axis] = features
		centred := graph.Sub(n[s.x], graph.ReduceAndKeep(n[s.x], graph.ReduceMean, others...))
		variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, others...)
		unit := graph.Div(centred, graph.Sqrt(graph.AddScalar(variance, epsilon)))
		return graph.Add(graph.Mul(unit, graph.Reshape(scale, dims...)), graph.Reshape(offset, dims...))
	})
}

// weights are numbers between -1 and 1 that do not repeat soon.
func weights(g *graph.Graph, dims ...int) *graph.Node {
	flat := graph.IotaFull(g, float(float(dims...).Size()))
	return graph.Reshape(graph.Sin(graph.MulScalar(flat, 1.7)), dims...)
}

func drawDense(t *rapid.T, p *program, s step) {
	if s.shape.Rank() < 2 {
		return
	}
	in := s.shape.Dimensions[s.shape.Rank()-1]
	out := rapid.SampledFrom([]int{1, 3, 8, 17}).Draw(t, "outputs")
	act := rapid.SampledFrom([]activation.Type{activation.TypeNone, activation.TypeRelu, activation.TypeGelu, activation.TypeTanh}).Draw(t, "activation")
	bias := rapid.Bool().Draw(t, "bias")
	dims := append(slices.Clone(s.shape.Dimensions[:s.shape.Rank()-1]), out)
	p.add(fmt.Sprint("dense ", act), float(dims...), func(n []*graph.Node) *graph.Node {
		g := n[0].Graph()
		var b *graph.Node
		if bias {
			b = weights(g, out)
		}
		return nn.Dense(graph.MulScalar(n[s.x], 0.2), weights(g, in, out), b, compute.DenseLayoutInputOutputs, act)
	})
}

// drawAttention attends from x to y, their axes taken as batch, places, heads and width.
func drawAttention(t *rapid.T, p *program, s step) {
	if s.shape.Rank() != 4 || s.shape.Size() > 3000 {
		return
	}
	options := attention.CoreOptions{UseCausalMask: rapid.Bool().Draw(t, "causal")}
	layout := rapid.SampledFrom([]attention.AxesLayout{attention.LayoutBSHD, attention.LayoutBHSD}).Draw(t, "layout")
	p.add("attention", s.shape, func(n []*graph.Node) *graph.Node {
		y, _ := attention.Core(n[s.x], n[s.y], graph.Tanh(n[s.y]), layout, options)
		return y
	})
}

// drawDot contracts one or two axes of x and y, with others as batch axes.
func drawDot(t *rapid.T, p *program, s step) {
	rank := s.shape.Rank()
	if rank < 2 || s.shape.Size() > 2000 {
		return
	}
	order := rapid.Permutation(seq(rank)).Draw(t, "axes")
	contracted := rapid.IntRange(1, min(2, rank-1)).Draw(t, "contracted")
	batch := rapid.IntRange(0, min(2, rank-contracted)).Draw(t, "batch")
	c, b, rest := order[:contracted], order[contracted:contracted+batch], slices.Sorted(slices.Values(order[contracted+batch:]))
	var dims []int
	for _, axes := range [][]int{b, rest, rest} {
		for _, a := range axes {
			dims = append(dims, s.shape.Dimensions[a])
		}
	}
	if float(dims...).Size() > 20_000 {
		return
	}
	p.add(fmt.Sprintf("dot %v batch %v", c, b), float(dims...), func(n []*graph.Node) *graph.Node {
		return graph.MulScalar(graph.Dot(n[s.x], n[s.y]).General(c, b, c, b), 0.1)
	})
}

// drawConversion computes with an input in another type. It takes inputs, which are the same bits on both backends: rounding
// to few bits makes small differences large. The gradient is no input: where it falls near the middle between two numbers
// of half precision, the last bit of float32 decides which it becomes, and the backends differ by that step.
func drawConversion(t *rapid.T, p *program, s step) {
	x := s.x % len(p.inputs)
	dtype := rapid.SampledFrom([]dtypes.DType{
		dtypes.Float64, dtypes.Float16, dtypes.BFloat16, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint32, dtypes.Bool,
	}).Draw(t, "type")
	switch dtype {
	case dtypes.Float16:
		p.gradientError = max(p.gradientError, 4.0/(1<<11))
	case dtypes.BFloat16:
		p.gradientError = max(p.gradientError, 4.0/(1<<8))
	}
	last := p.shapes[x].Rank() - 1
	p.add(fmt.Sprint("as ", dtype), p.shapes[x], func(n []*graph.Node) *graph.Node {
		v := n[x]
		switch {
		case dtype == dtypes.Bool:
			return graph.ConvertDType(graph.LogicalNot(graph.GreaterThan(v, graph.ScalarOne(v.Graph(), v.DType()))), v.DType())
		case dtype.IsUnsigned():
			v = graph.Abs(v)
		}
		v = graph.ConvertDType(graph.MulScalar(v, 4), dtype)
		v = graph.Max(graph.Mul(v, v), graph.AddScalar(v, 1))
		if last > 0 {
			v = graph.Add(v, graph.ReduceAndKeep(v, graph.ReduceMax, last))
			v = graph.Transpose(graph.Concatenate([]*graph.Node{graph.Transpose(v, 0, last)}, 0), 0, last)
		}
		y := graph.MulScalar(graph.ConvertDType(v, n[x].DType()), 0.1)
		if !dtype.IsFloat() {
			y = graph.StopGradient(y)
		}
		return y
	})
}

// unrolled says that loops and branches are to be written out: on the Go backend, whose If has been seen to overwrite a
// captured value that is used after it (compute v0.1.3).
func unrolled(g *graph.Graph) bool { return g.Backend().Name() != engine.Name }

// drawWhile halves and adds in a loop whose body uses a value from outside. GoMLX does not differentiate loops.
func drawWhile(t *rapid.T, p *program, s step) {
	turns := rapid.Int32Range(0, 3).Draw(t, "turns")
	next := func(x, outside *graph.Node) *graph.Node {
		return graph.Add(graph.Mul(x, graph.Const(x.Graph(), float32(0.5))), outside)
	}
	loop := func(x, outside *graph.Node) *graph.Node {
		g := x.Graph()
		counter := shapes.Make(dtypes.Int32)
		cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i := graph.Parameter(g, "i", counter)
			graph.Parameter(g, "x", s.shape)
			return []*graph.Node{graph.LessThan(i, graph.Const(g, turns))}
		})
		body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i, x := graph.Parameter(g, "i", counter), graph.Parameter(g, "x", s.shape)
			return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), next(x, outside)}
		})
		return graph.While(cond, body, graph.Const(g, int32(0)), x)[1]
	}
	p.add("while", s.shape, func(n []*graph.Node) *graph.Node {
		x, outside := graph.StopGradient(n[s.x]), graph.StopGradient(n[s.y])
		if unrolled(x.Graph()) {
			for range turns {
				x = next(x, outside)
			}
		} else {
			x = loop(x, outside)
		}
		return graph.Add(n[s.x], graph.StopGradient(x))
	})
}

func drawIf(t *rapid.T, p *program, s step) {
	truth := rapid.Bool().Draw(t, "truth")
	p.add("if", s.shape, func(n []*graph.Node) *graph.Node {
		x, y := graph.StopGradient(n[s.x]), graph.StopGradient(n[s.y])
		whenTrue := func() *graph.Node { return graph.Neg(x) }
		whenFalse := func() *graph.Node { return graph.Mul(x, y) }
		g := x.Graph()
		var chosen *graph.Node
		switch {
		case !unrolled(g):
			branch := func(f func() *graph.Node) *graph.Function {
				return graph.NewClosure(g, func(*graph.Graph) []*graph.Node { return []*graph.Node{f()} })
			}
			chosen = graph.If(graph.Const(g, truth), branch(whenTrue), branch(whenFalse))[0]
		case truth:
			chosen = whenTrue()
		default:
			chosen = whenFalse()
		}
		return graph.Add(n[s.x], graph.StopGradient(chosen))
	})
}

func drawPad(t *rapid.T, p *program, s step) {
	if s.shape.Rank() == 0 || s.shape.Size() > 5000 {
		return
	}
	pad := compute.PadAxis{Start: rapid.IntRange(0, 2).Draw(t, "start"), End: rapid.IntRange(0, 2).Draw(t, "end"), Interior: rapid.IntRange(0, 1).Draw(t, "interior")}
	dims := slices.Clone(s.shape.Dimensions)
	dims[s.axis] += pad.Start + pad.End + (dims[s.axis]-1)*pad.Interior
	config := make([]compute.PadAxis, s.shape.Rank())
	config[s.axis] = pad
	p.add("pad", float(dims...), func(n []*graph.Node) *graph.Node {
		return graph.Pad(n[s.x], graph.Const(n[0].Graph(), float32(0.5)), config...)
	})
}

// drawArgMax uses an input, for the reason of drawConversion.
func drawArgMax(_ *rapid.T, p *program, s step) {
	x := s.x % len(p.inputs)
	shape := p.shapes[x]
	axis := shape.Rank() - 1
	p.add("argMax", float(shape.Dimensions[:axis]...), func(n []*graph.Node) *graph.Node {
		return graph.StopGradient(graph.MulScalar(graph.ConvertDType(graph.ArgMax(n[x], axis, dtypes.Int32), dtypes.Float32), 0.1))
	})
}
