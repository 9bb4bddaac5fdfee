package fuse

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// A loop over [5, 7] reads its second operand through what leads to it, by strides.
func TestOperandsAreReadByStrides(t *testing.T) {
	for name, test := range map[string]struct {
		dims    []int // of y
		build   func(s sketch.Graph, y *ir.Value) *ir.Value
		reads   compute.OpType
		strides []int
	}{
		"itself": {
			[]int{5, 7}, func(_ sketch.Graph, y *ir.Value) *ir.Value { return y }, compute.OpTypeParameter, []int{7, 1},
		},
		"a transpose": {[]int{7, 5}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Transpose(y, 1, 0)
		}, compute.OpTypeParameter, []int{1, 5}},
		"a row for all": {[]int{7}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Broadcast(y, []int{1}, 5, 7)
		}, compute.OpTypeParameter, []int{0, 1}},
		"a column for all": {[]int{5, 1}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Broadcast(y, []int{0, 1}, 5, 7)
		}, compute.OpTypeParameter, []int{1, 0}},
		"an implicit broadcast": {
			[]int{5, 1}, func(_ sketch.Graph, y *ir.Value) *ir.Value { return y }, compute.OpTypeParameter, []int{1, 0},
		},
		"axes of size 1": {[]int{1, 5, 1, 7}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Reshape(y, 5, 7)
		}, compute.OpTypeParameter, []int{7, 1}},
		"all of them": {[]int{7, 1, 5}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Transpose(s.Broadcast(s.Reshape(y, 7, 5), []int{0, 1}, 7, 5), 1, 0)
		}, compute.OpTypeParameter, []int{1, 5}},
		"a reshape of other axes stays": {[]int{35}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Reshape(y, 5, 7)
		}, compute.OpTypeReshape, []int{7, 1}},
		"a transpose of a reshape of other axes": {[]int{35}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Transpose(s.Reshape(y, 7, 5), 1, 0)
		}, compute.OpTypeReshape, []int{1, 5}},
		"a slice stays": {[]int{6, 7}, func(s sketch.Graph, y *ir.Value) *ir.Value {
			return s.Slice(y, 0, 1, 6)
		}, compute.OpTypeSlice, []int{7, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			x, y := s.Param(5, 7), s.Param(test.dims...)
			s.Outputs = []*ir.Value{s.Add(x, test.build(s, y))}
			checkLoops(t, s, "[5 7]/0: Add")
			loop := s.Outputs[0].Producer
			if op := loop.Inputs[1].Op(); op != ir.Op(test.reads) {
				t.Errorf("reads the result of %s, want %s", op, test.reads)
			}
			if got := loop.Attrs.(*ir.Loop).Loads[1].Strides; !slices.Equal(got, test.strides) {
				t.Errorf("strides %v, want %v", got, test.strides)
			}
		})
	}
}

func TestOperandFollows(t *testing.T) {
	s := sketch.New()
	dims := []int{4, 1, 6}
	for _, test := range []struct {
		name  string
		v     *ir.Value
		split int
		want  bool
	}{
		{"the space", s.Param(4, 1, 6), 3, true},
		{"the space without its axis of 1", s.Broadcast(s.Param(4, 6), []int{0, 2}, 4, 1, 6), 3, true},
		{"the rows", s.Broadcast(s.Param(4), []int{0}, 4, 1, 6), 1, true},
		{"the rows, up to the axis of 1", s.Broadcast(s.Param(4), []int{0}, 4, 1, 6), 2, true},
		{"the rows are not the space", s.Broadcast(s.Param(4), []int{0}, 4, 1, 6), 3, false},
		{"the columns are not the space", s.Broadcast(s.Param(6), []int{2}, 4, 1, 6), 3, false},
		{"the space is not its rows", s.Param(4, 1, 6), 1, false},
		{"axes in another order", s.Transpose(s.Param(6, 1, 4), 2, 1, 0), 3, false},
		{"a split beyond the axes", s.Param(4, 1, 6), 4, false},
	} {
		o := resolve(test.v, dims)
		if got := o.follows(dims, test.split); got != test.want {
			t.Errorf("%s: %t for %d axes, want %t", test.name, got, test.split, test.want)
		}
	}
}
