package exec

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// BenchmarkScaleShiftReLU is the loop after a batch norm's statistics, on the tensors of a ResNet-20's first stage: it
// should take little longer than copying (BenchmarkCopy).
func BenchmarkScaleShiftReLU(b *testing.B) {
	rt, err := NewRuntime(Config{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	shape := shapes.Make(dtypes.Float32, 128, 32, 32, 16)
	channels := shapes.Make(dtypes.Float32, 16)
	g := &ir.Graph{}
	for i, s := range []shapes.Shape{shape, channels, channels} {
		g.Params = append(g.Params, g.New(ir.Op(compute.OpTypeParameter), ir.Parameter{Index: i}, nil, s).Outputs[0])
	}
	f := dtypes.Float32
	op := func(op compute.OpType, dtype dtypes.DType, args ...int) ir.Instr {
		return ir.Instr{Op: ir.Op(op), DType: dtype, Args: args}
	}
	loop := &ir.Loop{
		Dims: shape.Dimensions, Groups: 1,
		Loads: []ir.Load{{DType: f, Strides: rowMajor(shape.Dimensions)}, {DType: f, Strides: []int{0, 0, 0, 1}},
			{DType: f, Strides: []int{0, 0, 0, 1}}},
		Body: []ir.Instr{
			op(compute.OpTypeMul, f, 0, 1), op(compute.OpTypeAdd, f, 3, 2), op(compute.OpTypeConstant, f),
			op(compute.OpTypeLessOrEqual, dtypes.Bool, 4, 5), op(compute.OpTypeWhere, f, 6, 5, 4),
		},
		Results: []ir.Result{{Value: 7}},
	}
	g.Outputs = g.New(ir.OpLoop, loop, g.Params, shape).Outputs
	p, err := Compile(rt, g)
	if err != nil {
		b.Fatal(err)
	}
	inputs := []*Block{rt.Heap.Get(g.Params[0].Bytes()), rt.Heap.Get(64), rt.Heap.Get(64)}
	for i := range f32(inputs[0].Bytes) {
		f32(inputs[0].Bytes)[i] = float32(i%7) - 3
	}
	b.SetBytes(int64(2 * g.Params[0].Bytes()))
	for b.Loop() {
		out, err := p.Run(inputs, nil)
		if err != nil {
			b.Fatal(err)
		}
		rt.Heap.Put(out[0])
	}
}

func BenchmarkCopy(b *testing.B) {
	src, dst := make([]byte, 8<<20), make([]byte, 8<<20)
	for i := range src {
		src[i] = byte(i)
	}
	b.SetBytes(16 << 20)
	for b.Loop() {
		copy(dst, src)
	}
}
