package fuse

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func TestReductionOf(t *testing.T) {
	for _, test := range []struct {
		name        string
		dims, axes  []int
		kind        reduction
		from, split int
	}{
		{"last axis", []int{4, 5, 6}, []int{2}, reduceRows, 2, 2},
		{"last axes", []int{4, 5, 6}, []int{1, 2}, reduceRows, 1, 1},
		{"last axis but one of size 1", []int{4, 5, 1}, []int{1}, reduceRows, 1, 1},
		{"first axis", []int{4, 5, 6}, []int{0}, reduceColumns, 0, 1},
		{"first axis and one of size 1", []int{4, 1, 6}, []int{0}, reduceColumns, 0, 2},
		{"middle axis", []int{4, 5, 6}, []int{1}, reduceColumns, 1, 2},
		{"all axes", []int{4, 5, 6}, []int{0, 1, 2}, reduceAll, 0, 0},
		{"all but an axis of size 1", []int{4, 1, 6}, []int{0, 2}, reduceAll, 0, 0},
		{"axes that lie apart", []int{4, 5, 6}, []int{0, 2}, noReduction, 0, 0},
		{"no axes", []int{4, 5, 6}, []int{}, noReduction, 0, 0},
		{"the longest rows", []int{2, maxRow}, []int{1}, reduceRows, 1, 1},
		{"longer rows", []int{2, maxRow + 1}, []int{1}, noReduction, 0, 0},
		{"nothing", []int{0, 5}, []int{1}, noReduction, 0, 0},
	} {
		s := sketch.New()
		n := s.Reduce(compute.OpTypeReduceSum, s.Param(test.dims...), test.axes...).Producer
		if kind, from, split := reductionOf(n); kind != test.kind || from != test.from || split != test.split {
			t.Errorf("%s: kind %d from axis %d, split at %d; want %d, %d, %d",
				test.name, kind, from, split, test.kind, test.from, test.split)
		}
	}
}

// A mask goes through a loop as Bool.
func TestLoopsHaveMasks(t *testing.T) {
	s := sketch.New()
	x, y := s.Param(8), s.Param(8)
	mask := shapes.Make(dtypes.Bool, 8)
	less := s.Op(compute.OpTypeLessThan, nil, mask, x, y)
	s.Outputs = []*ir.Value{s.Op(compute.OpTypeWhere, nil, x.Shape, s.Op(compute.OpTypeLogicalNot, nil, mask, less), x, y)}
	checkLoops(t, s, "[8]/0: LessThan LogicalNot Where")
}

// Other types, other ops and what is empty stay as they are.
func TestLoopsLeaveNodes(t *testing.T) {
	double := shapes.Make(dtypes.Float64, 8)
	for name, build := range map[string]func(s sketch.Graph) *ir.Value{
		"a conversion to float64": func(s sketch.Graph) *ir.Value {
			return s.Op(compute.OpTypeConvertDType, nil, double, s.Param(8))
		},
		"a sum of float64": func(s sketch.Graph) *ir.Value {
			x := s.Op(compute.OpTypeIota, ir.Iota{}, double)
			return s.Add(x, x)
		},
		"a sum of elements of float64": func(s sketch.Graph) *ir.Value {
			return s.Op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{0}}, shapes.Make(dtypes.Float64),
				s.Op(compute.OpTypeIota, ir.Iota{}, double))
		},
		"a choice by float32": func(s sketch.Graph) *ir.Value {
			x := s.Param(8)
			return s.Op(compute.OpTypeWhere, nil, x.Shape, x, x, x)
		},
		"a product of elements": func(s sketch.Graph) *ir.Value {
			return s.Reduce(compute.OpTypeReduceProduct, s.Param(8), 0)
		},
		"an op that loops have not": func(s sketch.Graph) *ir.Value { return s.Unary(compute.OpTypeIsFinite, s.Param(8)) },
		"no elements":               func(s sketch.Graph) *ir.Value { return s.Unary(compute.OpTypeExp, s.Param(8, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{build(s)}
			s.CheckKept(t, Fuse)
		})
	}
}
