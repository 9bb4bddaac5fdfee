package fuse

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

type sketch struct{ *ir.Graph }

func newSketch() sketch { return sketch{&ir.Graph{Name: "f"}} }

func float(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

func (s sketch) param(dims ...int) *ir.Value {
	v := s.op(compute.OpTypeParameter, ir.Parameter{Index: len(s.Params)}, float(dims...))
	s.Params = append(s.Params, v)
	return v
}

func (s sketch) op(op compute.OpType, attrs any, shape shapes.Shape, inputs ...*ir.Value) *ir.Value {
	return s.New(ir.Op(op), attrs, inputs, shape).Outputs[0]
}

func (s sketch) unary(op compute.OpType, x *ir.Value) *ir.Value { return s.op(op, nil, x.Shape, x) }

func (s sketch) binary(op compute.OpType, a, b *ir.Value) *ir.Value {
	return s.op(op, nil, a.Shape, a, b)
}

// reduceRows reduces the last axis and keeps it with size 1.
func (s sketch) reduceRows(op compute.OpType, x *ir.Value) *ir.Value {
	rank := x.Shape.Rank()
	r := s.op(op, ir.Axes{Axes: []int{rank - 1}}, float(x.Dims()[:rank-1]...), x)
	return s.op(compute.OpTypeReshape, nil, float(append(append([]int{}, x.Dims()[:rank-1]...), 1)...), r)
}

func (s sketch) spread(v *ir.Value, axis int, dims ...int) *ir.Value {
	return s.op(compute.OpTypeBroadcastInDim, ir.Broadcast{Axes: []int{axis}}, float(dims...), v)
}

// opaque is an op that no loop computes.
func (s sketch) opaque(x *ir.Value) *ir.Value {
	return s.op(compute.OpTypeConvGeneral, nil, x.Shape, x)
}

// loops lists the loops of the fused graph.
func (s sketch) loops() string {
	Fuse(s.Graph)
	var lines []string
	for _, n := range s.Nodes {
		if l, ok := n.Attrs.(*ir.Loop); ok {
			lines = append(lines, l.String())
		}
	}
	return strings.Join(lines, "\n")
}

func TestSoftmaxIsOneLoop(t *testing.T) {
	s := newSketch()
	x := s.param(64, 100)
	e := s.unary(compute.OpTypeExp, s.binary(compute.OpTypeSub, x, s.reduceRows(compute.OpTypeReduceMax, x)))
	s.Outputs = []*ir.Value{s.binary(compute.OpTypeDiv, e, s.reduceRows(compute.OpTypeReduceSum, e))}
	if got, want := s.loops(), "[64 100]/1: ReduceMax Sub Exp ReduceSum Div"; got != want {
		t.Errorf("softmax became\n%s\nwant\n%s", got, want)
	}
}

// TestMaskIsComputedAgain has a scale, a shift and a ReLU before an op, and its mask on the way back: the backward loop
// computes the mask from what it reads.
func TestMaskIsComputedAgain(t *testing.T) {
	s := newSketch()
	x, scale, shift := s.param(8, 4, 4, 16), s.param(16), s.param(16)
	zero := s.op(compute.OpTypeConstant, ir.Constant{Data: make([]byte, 4)}, float())
	a := s.spread(scale, 3, 8, 4, 4, 16)
	h := s.binary(compute.OpTypeAdd, s.binary(compute.OpTypeMul, x, a), s.spread(shift, 3, 8, 4, 4, 16))
	negative := s.op(compute.OpTypeLessOrEqual, nil, shapes.Make(dtypes.Bool, 8, 4, 4, 16), h, zero)
	y := s.op(compute.OpTypeWhere, nil, x.Shape, negative, zero, h)
	dy := s.opaque(y)
	dh := s.op(compute.OpTypeWhere, nil, x.Shape, negative, zero, dy)
	dshift := s.op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{0, 1, 2}}, float(16), dh)
	dscale := s.op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{0, 1, 2}}, float(16), s.binary(compute.OpTypeMul, dh, x))
	dx := s.binary(compute.OpTypeMul, dh, a)
	s.Outputs = []*ir.Value{y, dshift, dscale, dx}
	want := `[8 4 4 16]/0: Mul Add LessOrEqual Where
[8 4 4 16]/3: Mul Add LessOrEqual Where Mul Mul ReduceSum* ReduceSum*`
	if got := s.loops(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestNoCycle has a chain that leaves the loop and comes back: a·b may not be in the loop of a.
func TestNoCycle(t *testing.T) {
	s := newSketch()
	x := s.param(32)
	a := s.unary(compute.OpTypeExp, x)
	b := s.opaque(a)
	s.Outputs = []*ir.Value{s.binary(compute.OpTypeMul, a, b)}
	if got, want := s.loops(), "[32]/0: Exp\n[32]/0: Mul"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	seen := map[*ir.Value]bool{}
	for _, n := range s.Nodes {
		for _, v := range n.Inputs {
			if !seen[v] {
				t.Errorf("%s reads a value before it is computed", n.Op)
			}
		}
		for _, v := range n.Outputs {
			seen[v] = true
		}
	}
}

// TestTransposedOperand reads an operand by strides instead of transposing it.
func TestTransposedOperand(t *testing.T) {
	s := newSketch()
	x, y := s.param(5, 7), s.param(7, 5)
	yt := s.op(compute.OpTypeTranspose, ir.Transpose{Permutation: []int{1, 0}}, float(5, 7), y)
	s.Outputs = []*ir.Value{s.binary(compute.OpTypeAdd, x, yt)}
	s.loops()
	loop := s.Outputs[0].Producer
	if loop.Op != ir.OpLoop || loop.Inputs[1] != y {
		t.Fatalf("the sum is\n%s", s.Graph)
	}
	if got := loop.Attrs.(*ir.Loop).Loads[1].Strides; got[0] != 1 || got[1] != 5 {
		t.Errorf("strides %v, want [1 5]", got)
	}
}
