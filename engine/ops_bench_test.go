package engine_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/engine"
)

// benchOp is a graph of about one op, its operands of the sizes that a training step has.
type benchOp struct {
	name   string
	inputs []shapes.Shape
	build  func(x []*graph.Node) *graph.Node
}

func benchOps() []benchOp {
	of := shapes.Make
	var ops []benchOp
	add := func(name string, build func(x []*graph.Node) *graph.Node, inputs ...shapes.Shape) {
		ops = append(ops, benchOp{name, inputs, build})
	}
	f32 := dtypes.Float32
	for _, t := range []dtypes.DType{f32, dtypes.Float64, dtypes.Int32, dtypes.Int64, dtypes.BFloat16} {
		add(fmt.Sprint("Add/", t), func(x []*graph.Node) *graph.Node { return graph.Add(x[0], x[1]) }, of(t, 512, 512),
			of(t, 512, 512))
		add(fmt.Sprint("AddRow/", t), func(x []*graph.Node) *graph.Node { return graph.Add(x[0], x[1]) },
			of(t, 512, 33), of(t, 1, 33))
		add(fmt.Sprint("MulColumn/", t), func(x []*graph.Node) *graph.Node { return graph.Mul(x[0], x[1]) },
			of(t, 512, 33), of(t, 512, 1))
		add(
			fmt.Sprint("AddSmall/", t), func(x []*graph.Node) *graph.Node { return graph.Add(x[0], x[1]) }, of(t, 8), of(t, 8),
		)
		add(fmt.Sprint("Less/", t), func(x []*graph.Node) *graph.Node { return graph.LessThan(x[0], x[1]) }, of(t, 512, 512),
			of(t, 512, 512))
		add(fmt.Sprint("Where/", t), func(x []*graph.Node) *graph.Node { return graph.Where(x[0], x[1], x[2]) },
			of(dtypes.Bool, 512, 512), of(t, 512, 512), of(t, 512, 512))
		add(fmt.Sprint("SumAll/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceAllSum(x[0]) }, of(t, 512, 512))
		add(fmt.Sprint("SumRows/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceSum(x[0], 1) }, of(t, 512, 512))
		add(
			fmt.Sprint("SumColumns/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceSum(x[0], 0) }, of(t, 512, 512),
		)
		add(fmt.Sprint("MaxOddAxes/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceMax(x[0], 0, 2) },
			of(t, 64, 64, 64))
		add(fmt.Sprint("Dot/", t), func(x []*graph.Node) *graph.Node { return graph.Dot(x[0], x[1]).Product() },
			of(t, 128, 128), of(t, 128, 128))
		add(fmt.Sprint("DotSmall/", t), func(x []*graph.Node) *graph.Node { return graph.Einsum("ijk,jlk->ilj", x[0], x[1]) },
			of(t, 128, 2, 30), of(t, 2, 2, 30))
		add(fmt.Sprint("ArgMax/", t), func(x []*graph.Node) *graph.Node { return graph.ArgMax(x[0], -1) }, of(t, 512, 512))
		add(
			fmt.Sprint("ArgMaxFirst/", t), func(x []*graph.Node) *graph.Node { return graph.ArgMax(x[0], 0) }, of(t, 512, 512),
		)
		add(fmt.Sprint("Transpose/", t), func(x []*graph.Node) *graph.Node {
			return graph.Add(graph.Transpose(x[0], 0, 1), x[1])
		}, of(t, 512, 512), of(t, 512, 512))
		add(fmt.Sprint("TransposeOnly/", t), func(x []*graph.Node) *graph.Node { return graph.Transpose(x[0], 0, 1) },
			of(t, 512, 512))
		add(fmt.Sprint("Concatenate/", t), func(x []*graph.Node) *graph.Node { return graph.Concatenate(x, 1) },
			of(t, 512, 256), of(t, 512, 256))
		add(fmt.Sprint("Gather/", t), func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) }, of(t, 1000, 64),
			of(dtypes.Int32, 512, 1))
		add(fmt.Sprint("ScatterSum/", t), func(x []*graph.Node) *graph.Node {
			return graph.ScatterSum(x[0], x[1], x[2], false, false)
		}, of(t, 1000, 64), of(dtypes.Int32, 512, 1), of(t, 512, 64))
		add(fmt.Sprint("ScatterMax/", t), func(x []*graph.Node) *graph.Node {
			return graph.ScatterMax(x[0], x[1], x[2], false, false)
		}, of(t, 1000, 64), of(dtypes.Int32, 512, 1), of(t, 512, 64))
		add(fmt.Sprint("Convert/", t), func(x []*graph.Node) *graph.Node { return graph.ConvertDType(x[0], f32) },
			of(t, 512, 512))
		add(fmt.Sprint("ConvertFrom/", t), func(x []*graph.Node) *graph.Node { return graph.ConvertDType(x[0], t) },
			of(f32, 512, 512))
		add(fmt.Sprint("OneHot/", t), func(x []*graph.Node) *graph.Node { return graph.OneHot(x[0], 100, t) },
			of(dtypes.Int32, 256))
		add(fmt.Sprint("Iota/", t), func(x []*graph.Node) *graph.Node {
			return graph.Add(graph.Iota(x[0].Graph(), of(t, 512, 1024), 1), x[0])
		}, of(t, 512, 1024))
		add(fmt.Sprint("CumSum/", t), func(x []*graph.Node) *graph.Node { return graph.CumSum(x[0], -1) }, of(t, 128, 64))
	}
	for _, t := range []dtypes.DType{f32, dtypes.Float64} {
		add(fmt.Sprint("Exp/", t), func(x []*graph.Node) *graph.Node { return graph.Exp(x[0]) }, of(t, 512, 512))
		add(fmt.Sprint("Pow/", t), func(x []*graph.Node) *graph.Node { return graph.Pow(graph.Abs(x[0]), x[1]) },
			of(t, 512, 512), of(t, 512, 512))
		add(fmt.Sprint("Rem/", t), func(x []*graph.Node) *graph.Node { return graph.Mod(x[0], x[1]) }, of(t, 512, 512),
			of(t, 512, 512))
		add(fmt.Sprint("Softmax/", t), func(x []*graph.Node) *graph.Node { return graph.Softmax(x[0], -1) }, of(t, 256, 1000))
		add(fmt.Sprint("IsFinite/", t), func(x []*graph.Node) *graph.Node { return graph.IsFinite(x[0]) }, of(t, 512, 512))
		add(fmt.Sprint("Product/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceMultiply(x[0], 1) },
			of(t, 512, 512))
		add(fmt.Sprint("SumSpread/", t), func(x []*graph.Node) *graph.Node { return graph.ReduceSum(x[0], 0, 2) },
			of(t, 32, 64, 128))
		add(fmt.Sprint("Sort/", t), func(x []*graph.Node) *graph.Node { return graph.Sort(x[0], -1, true) }, of(t, 64, 256))
		add(fmt.Sprint("AveragePool/", t), func(x []*graph.Node) *graph.Node { return graph.MeanPool(x[0]).Window(2).Done() },
			of(t, 16, 32, 32, 16))
		add(fmt.Sprint("GatherBoxes/", t), func(x []*graph.Node) *graph.Node {
			return graph.GatherSlices(x[0], []int{1}, x[1], []int{8}, true)
		}, of(t, 64, 64, 16), of(dtypes.Int32, 32, 1))
		add(fmt.Sprint("Conv1/", t), func(x []*graph.Node) *graph.Node { return graph.Convolve(x[0], x[1]).PadSame().Done() },
			of(t, 8, 64, 16), of(t, 3, 16, 16))
		add(fmt.Sprint("Conv3/", t), func(x []*graph.Node) *graph.Node { return graph.Convolve(x[0], x[1]).PadSame().Done() },
			of(t, 2, 8, 8, 8, 8), of(t, 3, 3, 3, 8, 8))
		add(fmt.Sprint("DotScattered/", t), func(x []*graph.Node) *graph.Node {
			return graph.Einsum("abcd,cbad->d", x[0], x[1])
		}, of(t, 16, 8, 16, 32), of(t, 16, 8, 16, 32))
		add(fmt.Sprint("EinsumTwoAxes/", t), func(x []*graph.Node) *graph.Node {
			return graph.Einsum("abcd,ecdb->ae", x[0], x[1])
		}, of(t, 64, 8, 16, 32), of(t, 64, 16, 32, 8))
	}
	add("Uniform", func(x []*graph.Node) *graph.Node {
		_, y := graph.RandomUniform(x[0], of(f32, 512, 512))
		return y
	}, compute.RNGStateShape)
	add("Normal", func(x []*graph.Node) *graph.Node {
		_, y := graph.RandomNormal(x[0], of(f32, 512, 512))
		return y
	}, compute.RNGStateShape)
	add(
		"LogicalAll", func(x []*graph.Node) *graph.Node { return graph.ReduceLogicalAnd(x[0], 1) }, of(dtypes.Bool, 512, 512),
	)
	add("Reverse", func(x []*graph.Node) *graph.Node { return graph.Reverse(x[0], 0, 1) }, of(f32, 512, 512))
	add("SliceSteps", func(x []*graph.Node) *graph.Node {
		return graph.Slice(x[0], graph.AxisRange().Stride(2), graph.AxisRange().Stride(2))
	}, of(f32, 512, 512))
	add("PadInterior", func(x []*graph.Node) *graph.Node {
		return graph.Pad(x[0], x[1], compute.PadAxis{Interior: 1}, compute.PadAxis{Start: 1})
	}, of(f32, 256, 512), of(f32))
	add("TransposeNCHW", func(x []*graph.Node) *graph.Node { return graph.TransposeAllAxes(x[0], 0, 2, 3, 1) },
		of(f32, 32, 64, 16, 16))
	add("BroadcastTo", func(x []*graph.Node) *graph.Node { return graph.BroadcastToDims(x[0], 512, 512) }, of(f32, 512, 1))
	return ops
}

// BenchmarkOps compares the engine with GoMLX's Go backend, op by op.
func BenchmarkOps(b *testing.B) {
	goBackend, err := gobackend.New("")
	if err != nil {
		b.Fatal(err)
	}
	kontrast, err := engine.New(engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer kontrast.Finalize()
	for _, op := range benchOps() {
		b.Run(op.name, func(b *testing.B) {
			for _, side := range []struct {
				name    string
				backend compute.Backend
			}{{"go", goBackend}, {"engine", kontrast}} {
				b.Run(side.name, func(b *testing.B) { runBenchOp(b, side.backend, op) })
			}
		})
	}
}

func runBenchOp(b *testing.B, backend compute.Backend, op benchOp) {
	var arguments []any
	for i, shape := range op.inputs {
		buffer, err := backend.BufferFromFlatData(0, exampleData(shape, i), shape)
		if err != nil {
			b.Fatal(err)
		}
		x, err := tensors.FromBuffer(buffer)
		if err != nil {
			b.Fatal(err)
		}
		arguments = append(arguments, x)
	}
	exec, err := graph.NewExec(backend, op.build)
	if err != nil {
		b.Fatal(err)
	}
	defer exec.Finalize()
	for b.Loop() {
		out, err := exec.Call(arguments...)
		if err != nil {
			b.Skip(err)
		}
		for _, t := range out {
			t.MustFinalizeAll()
		}
	}
}
