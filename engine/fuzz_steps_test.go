package engine_test

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
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
	drawGather, drawScatter, drawWhere, drawBatchNorm, drawBatchNorm, drawSampleNorm, drawDense, drawAttention, drawDot,
	drawConversion, drawWhile, drawIf, drawPad, drawArgMax,
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

// drawBatchNorm normalizes the features along an axis, perhaps those of two halves of a batch by themselves, adds a
// residual that may be normalized as well, and cuts off what is negative: what a block of a residual network ends in.
func drawBatchNorm(t *rapid.T, p *program, s step) {
	if s.shape.Rank() < 2 || s.shape.Size()/s.shape.Dimensions[s.axis] < 4 {
		return
	}
	residual := rapid.SampledFrom([]string{"none", "plain", "normalized"}).Draw(t, "residual")
	cut := rapid.Bool().Draw(t, "relu")
	half := s.shape.Dimensions[0] / 2
	halves := s.axis > 0 && half*2 == s.shape.Dimensions[0] && rapid.Bool().Draw(t, "halves")
	p.add(fmt.Sprint("batchNorm ", residual, cut, halves), s.shape, func(n []*graph.Node) *graph.Node {
		var y *graph.Node
		if halves {
			part := func(r graph.SliceAxisSpec) *graph.Node { return batchNorm(graph.SliceAxis(n[s.x], 0, r), s.axis) }
			y = graph.Concatenate([]*graph.Node{part(graph.AxisRangeToEnd(half)), part(graph.AxisRangeFromStart(half))}, 0)
		} else {
			y = batchNorm(n[s.x], s.axis)
		}
		switch residual {
		case "plain":
			y = graph.Add(y, n[s.y])
		case "normalized":
			y = graph.Add(y, batchNorm(n[s.y], s.axis))
		}
		if cut {
			y = relu(y)
		}
		return y
	})
}

// relu has its gradient where the result is positive.
func relu(x *graph.Node) *graph.Node {
	zero := graph.ScalarZero(x.Graph(), x.DType())
	return graph.Where(graph.LessOrEqual(x, zero), zero, x)
}

// batchNorm is the backend's op where it has one, else its formula.
func batchNorm(x *graph.Node, axis int) *graph.Node {
	g, rank, features := x.Graph(), x.Rank(), x.Shape().Dim(axis)
	ramp := graph.MulScalar(graph.IotaFull(g, float(features)), 0.1)
	scale, offset := graph.OnePlus(ramp), graph.Neg(ramp)
	const epsilon = 0.1
	if g.Backend().Capabilities().Operations[compute.OpTypeBatchNormForTraining] {
		y, _, _ := graph.InternalBatchNormForTraining(x, scale, offset, epsilon, axis)
		return y
	}
	dims, others := slices.Repeat([]int{1}, rank), slices.Delete(seq(rank), axis, axis+1)
	dims[axis] = features
	centered := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, others...))
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, others...)
	unit := graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, epsilon)))
	return graph.Add(graph.Mul(unit, graph.Reshape(scale, dims...)), graph.Reshape(offset, dims...))
}

// drawSampleNorm scales and shifts each sample by features of another value's, as batch norm does that has statistics
// for parts of a batch.
func drawSampleNorm(t *rapid.T, p *program, s step) {
	rank := s.shape.Rank()
	if rank < 3 {
		return
	}
	cut := rapid.Bool().Draw(t, "relu")
	p.add(fmt.Sprint("sampleNorm", cut), s.shape, func(n []*graph.Node) *graph.Node {
		mean := graph.ReduceAndKeep(n[s.y], graph.ReduceMean, seq(rank)[1:rank-1]...)
		y := graph.Add(graph.Mul(n[s.x], graph.OnePlus(mean)), graph.Tanh(mean))
		if cut {
			y = relu(y)
		}
		return y
	})
}

// drawConversion computes with an input in another type. It takes inputs, which are the same bits on both backends:
// rounding to few bits makes small differences large. The gradient is no input: where it falls near the middle between
// two numbers of half precision, the last bit of float32 decides which it becomes, and the backends differ by that
// step.
func drawConversion(t *rapid.T, p *program, s step) {
	x := s.x % len(p.inputs)
	dtype := rapid.SampledFrom([]dtypes.DType{
		dtypes.Float64, dtypes.Float16, dtypes.BFloat16, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8,
		dtypes.Uint32, dtypes.Bool,
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
	pad := compute.PadAxis{Start: rapid.IntRange(0, 2).Draw(t, "start"), End: rapid.IntRange(0, 2).Draw(t, "end"),
		Interior: rapid.IntRange(0, 1).Draw(t, "interior")}
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
		return graph.StopGradient(
			graph.MulScalar(graph.ConvertDType(graph.ArgMax(n[x], axis, dtypes.Int32), dtypes.Float32), 0.1),
		)
	})
}
