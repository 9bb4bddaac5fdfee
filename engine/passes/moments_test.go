package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func moments(s sketch.Graph, x *ir.Value) []*ir.Value {
	channels := x.Dims()[x.Shape.Rank()-1]
	return s.New(ir.OpMoments, nil, []*ir.Value{x}, sketch.Float(channels), sketch.Float(channels)).Outputs
}

func TestMomentsOfPartsReadTheWhole(t *testing.T) {
	s := sketch.New()
	s.Outputs = moments(s, s.Slice(s.Param(8, 3, 4), 0, 2, 6))
	MomentsOfParts(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0)
		%0 = Parameter() (Float32)[8, 3, 4]
		%1, %2 = Moments(%0) (Float32)[4] (Float32)[4]
		return %1, %2`)
	if part := s.Outputs[0].Producer.Attrs; part != (ir.Part{From: 2, To: 6}) {
		t.Errorf("the moments are of %v, want those of 2 to 6", part)
	}
}

func TestMomentsOfPartsKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph, x *ir.Value) *ir.Value{
		"no part":                   func(_ sketch.Graph, x *ir.Value) *ir.Value { return x },
		"a part along another axis": func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Slice(x, 1, 1, 3) },
		"a part that begins there":  func(s sketch.Graph, x *ir.Value) *ir.Value { return s.Slice(x, 1, 0, 2) },
		"every other along the first": func(s sketch.Graph, x *ir.Value) *ir.Value {
			at := ir.Slice{Starts: []int{0, 0, 0}, Limits: []int{8, 3, 4}, Strides: []int{2, 1, 1}}
			return s.Op(compute.OpTypeSlice, at, sketch.Float(4, 3, 4), x)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = moments(s, build(s, s.Param(8, 3, 4)))
			s.CheckKept(t, MomentsOfParts)
		})
	}
}

// Moments that read a part of a slice already have no part of that part.
func TestMomentsOfPartsKeepsParts(t *testing.T) {
	s := sketch.New()
	s.Outputs = moments(s, s.Slice(s.Param(8, 3, 4), 0, 2, 6))
	s.Outputs[0].Producer.Attrs = ir.Part{From: 1, To: 3}
	s.CheckKept(t, MomentsOfParts)
}
