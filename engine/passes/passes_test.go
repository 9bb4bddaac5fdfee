package passes

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// sketch builds graphs for tests.
type sketch struct{ *ir.Graph }

func newSketch() sketch { return sketch{&ir.Graph{Name: "f"}} }

func float(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

func (s sketch) param(dims ...int) *ir.Value {
	v := s.op(compute.OpTypeParameter, ir.Parameter{Index: len(s.Params)}, float(dims...))
	s.Params = append(s.Params, v)
	return v
}

func (s sketch) scalar(x float32) *ir.Value {
	return NewConstant(s.Graph, binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)), float())
}

func (s sketch) op(op compute.OpType, attrs any, shape shapes.Shape, inputs ...*ir.Value) *ir.Value {
	return s.New(ir.Op(op), attrs, inputs, shape).Outputs[0]
}

func (s sketch) add(a, b *ir.Value) *ir.Value { return s.op(compute.OpTypeAdd, nil, a.Shape, a, b) }
func (s sketch) mul(a, b *ir.Value) *ir.Value { return s.op(compute.OpTypeMul, nil, a.Shape, a, b) }

// check compares the graph with its listing, indented by tabs.
func (s sketch) check(t *testing.T, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	var got []string
	for line := range strings.Lines(s.String()) {
		got = append(got, strings.TrimSpace(line))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(lines, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestDeadCode(t *testing.T) {
	s := newSketch()
	x, y := s.param(4), s.param(4)
	s.mul(x, y)
	s.Outputs = []*ir.Value{s.add(x, x)}
	DeadCode(s.Graph)
	s.check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[4]
		%1 = Parameter() (Float32)[4]
		%2 = Add(%0, %0) (Float32)[4]
		return %2`)
}

func TestForwardIdentities(t *testing.T) {
	s := newSketch()
	x := s.param(2, 6)
	identity := s.op(compute.OpTypeIdentity, nil, x.Shape, x)
	barrier := s.op(compute.OpTypeOptimizationBarrier, nil, x.Shape, identity)
	once := s.op(compute.OpTypeReshape, nil, float(12), barrier)
	twice := s.op(compute.OpTypeReshape, nil, float(3, 4), once)
	back := s.op(compute.OpTypeReshape, nil, float(2, 6), twice)
	s.Outputs = []*ir.Value{twice, back}
	ForwardIdentities(s.Graph)
	DeadCode(s.Graph)
	s.check(t, `
		f(%0)
		%0 = Parameter() (Float32)[2, 6]
		%1 = Reshape(%0) (Float32)[3, 4]
		return %1, %0`)
}

func TestCommonSubexpressions(t *testing.T) {
	s := newSketch()
	x, y := s.param(2, 3), s.param(2, 3)
	a, b := s.mul(x, y), s.mul(x, y)
	rows := s.op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{1}}, float(2), s.add(a, b))
	cols := s.op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{0}}, float(3), s.add(b, a))
	s.Outputs = []*ir.Value{rows, cols}
	CommonSubexpressions(s.Graph)
	s.check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[2, 3]
		%1 = Parameter() (Float32)[2, 3]
		%2 = Mul(%0, %1) (Float32)[2, 3]
		%3 = Add(%2, %2) (Float32)[2, 3]
		%4 = ReduceSum(%3) (Float32)[2]
		%5 = ReduceSum(%3) (Float32)[3]
		return %4, %5`)
}

func TestSimplify(t *testing.T) {
	s := newSketch()
	x := s.param(2, 1, 3)
	y := s.add(s.mul(x, s.scalar(1)), s.scalar(0))
	y = s.op(compute.OpTypeNeg, nil, y.Shape, s.op(compute.OpTypeNeg, nil, y.Shape, y))
	y = s.op(compute.OpTypeTranspose, ir.Transpose{Permutation: []int{2, 0, 1}}, float(3, 2, 1), y)
	y = s.op(compute.OpTypeTranspose, ir.Transpose{Permutation: []int{1, 2, 0}}, float(2, 1, 3), y)
	y = s.op(compute.OpTypeReverse, ir.Axes{Axes: []int{1}}, y.Shape, y)
	y = s.op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{1}}, float(2, 3), y)
	s.Outputs = []*ir.Value{y}
	Simplify(s.Graph)
	DeadCode(s.Graph)
	s.check(t, `
		f(%0)
		%0 = Parameter() (Float32)[2, 1, 3]
		%1 = Reshape(%0) (Float32)[2, 3]
		return %1`)
}

func TestFoldConstants(t *testing.T) {
	s := newSketch()
	x := s.param()
	sum := s.New(ir.Op(compute.OpTypeAdd), nil, []*ir.Value{s.scalar(2), s.scalar(3)}, float())
	sum.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		v, err := f.Add(in[0], in[1])
		return []compute.Value{v}, err
	}
	product := s.mul(x, sum.Outputs[0])
	s.Outputs = []*ir.Value{product}
	FoldConstants(s.Graph)
	DeadCode(s.Graph)
	if got, ok := product.Producer.Inputs[1].Scalar(); !ok || got != 5 {
		t.Errorf("2+3 became %g (constant: %t)", got, ok)
	}
	s.check(t, `
		f(%0)
		%0 = Parameter() (Float32)
		%1 = Constant() (Float32)
		%2 = Mul(%0, %1) (Float32)
		return %2`)
}

// TestRecognizeConvGradients has the two forms as GoMLX's differentiation writes them for a 3x3 convolution of stride 2 with
// padding 1 on [8,15,15,4] with 6 output channels.
func TestRecognizeConvGradients(t *testing.T) {
	s := newSketch()
	x, w, dy := s.param(8, 15, 15, 4), s.param(3, 3, 4, 6), s.param(8, 8, 8, 6)
	reversed := s.op(compute.OpTypeReverse, ir.Axes{Axes: []int{0, 1}}, w.Shape, w)
	forward := ForwardConv([]int{2, 2}, []int{1, 1}, x.Dims(), w.Dims(), dy.Dims())

	byInput := forward
	byInput.Axes.KernelInputChannels, byInput.Axes.KernelOutputChannels = 3, 2
	byInput.Strides, byInput.InputDilations = []int{1, 1}, []int{2, 2}
	byInput.Paddings = [][2]int{{1, 1}, {1, 1}}
	byInput.InputDims, byInput.KernelDims, byInput.OutDims = nil, nil, nil
	dx := s.op(compute.OpTypeConvGeneral, byInput, x.Shape, dy, reversed)

	byKernel := ir.Conv{
		Axes: compute.ConvolveAxesConfig{
			InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2},
			KernelInputChannels: 0, KernelOutputChannels: 3, KernelSpatial: []int{1, 2},
			OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1},
		},
		Strides: []int{1, 1}, Paddings: [][2]int{{1, 1}, {1, 1}}, InputDilations: []int{1, 1}, KernelDilations: []int{2, 2},
		ChannelGroups: 1, BatchGroups: 1,
	}
	dw := s.op(compute.OpTypeConvGeneral, byKernel, w.Shape, x, dy)
	s.Outputs = []*ir.Value{dx, dw}
	RecognizeConvGradients(s.Graph)
	DeadCode(s.Graph)
	s.check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[8, 15, 15, 4]
		%1 = Parameter() (Float32)[3, 3, 4, 6]
		%2 = Parameter() (Float32)[8, 8, 8, 6]
		%3 = ConvInputGrad(%2, %1) (Float32)[8, 15, 15, 4]
		%4 = ConvKernelGrad(%0, %2) (Float32)[3, 3, 4, 6]
		return %3, %4`)
	for _, v := range s.Outputs {
		c := v.Producer.Attrs.(ir.Conv)
		if c.Strides[0] != 2 || c.Paddings[0] != [2]int{1, 1} || c.KernelDilations[0] != 1 {
			t.Errorf("%s is of a convolution with strides %v, paddings %v, dilations %v", v.Op(), c.Strides, c.Paddings, c.KernelDilations)
		}
	}
}

// TestConvolutionIsNoGradient leaves an ordinary convolution alone.
func TestConvolutionIsNoGradient(t *testing.T) {
	s := newSketch()
	x, w := s.param(8, 15, 15, 4), s.param(3, 3, 4, 6)
	c := ForwardConv([]int{1, 1}, []int{1, 1}, x.Dims(), w.Dims(), []int{8, 13, 13, 6})
	s.Outputs = []*ir.Value{s.op(compute.OpTypeConvGeneral, c, float(8, 13, 13, 6), x, w)}
	RecognizeConvGradients(s.Graph)
	if op := s.Outputs[0].Op(); op != ir.Op(compute.OpTypeConvGeneral) {
		t.Errorf("a forward convolution became %s", op)
	}
}

func TestMomentsOfPartsReadTheWhole(t *testing.T) {
	s := newSketch()
	x := s.param(8, 3, 4)
	moments := func(axis, from, to int, dims ...int) {
		at := ir.Slice{Starts: []int{0, 0, 0}, Limits: []int{8, 3, 4}, Strides: []int{1, 1, 1}}
		at.Starts[axis], at.Limits[axis] = from, to
		part := s.op(compute.OpTypeSlice, at, float(dims...), x)
		s.Outputs = append(s.Outputs, s.New(ir.OpMoments, nil, []*ir.Value{part}, float(4), float(4)).Outputs...)
	}
	moments(0, 2, 6, 4, 3, 4)
	moments(1, 1, 3, 8, 2, 4) // does not lie together
	MomentsOfParts(s.Graph)
	DeadCode(s.Graph)
	s.check(t, `
		f(%0)
		%0 = Parameter() (Float32)[8, 3, 4]
		%1, %2 = Moments(%0) (Float32)[4] (Float32)[4]
		%3 = Slice(%0) (Float32)[8, 2, 4]
		%4, %5 = Moments(%3) (Float32)[4] (Float32)[4]
		return %1, %2, %4, %5`)
	if part := s.Outputs[0].Producer.Attrs; part != (ir.Part{From: 2, To: 6}) {
		t.Errorf("the first moments are of %v, want those of 2 to 6", part)
	}
}
