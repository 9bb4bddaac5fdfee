package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/fuse"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func group(s sketch.Graph, outputs ...*ir.Value) {
	s.Outputs = outputs
	fuse.Fuse(s.Graph)
	DeadCode(s.Graph)
	GroupUpdates(s.Graph)
}

// step is w - lr·(g + w), as an optimizer has it.
func step(s sketch.Graph, lr, w, g *ir.Value) *ir.Value {
	rate := s.Broadcast(lr, nil, w.Dims()...)
	return s.Binary(compute.OpTypeSub, w, s.Mul(rate, s.Add(g, w)))
}

func TestGroupUpdates(t *testing.T) {
	s := sketch.New()
	lr, w, gw, b, gb := s.Param(), s.Param(3, 4), s.Param(3, 4), s.Param(5), s.Param(5)
	turned := s.Op(compute.OpTypeReverse, ir.Axes{Axes: []int{0}}, gb.Shape, gb)
	loss := s.Op(compute.OpTypeReverse, ir.Axes{Axes: []int{0}}, b.Shape, b)
	group(s, step(s, lr, w, gw), loss, step(s, lr, b, turned))
	s.Check(t, `
		f(%0, %1, %2, %3, %4)
		%0 = Parameter() (Float32)
		%1 = Parameter() (Float32)[3, 4]
		%2 = Parameter() (Float32)[3, 4]
		%3 = Parameter() (Float32)[5]
		%4 = Parameter() (Float32)[5]
		%5 = Reverse(%4) (Float32)[5]
		%6 = Reverse(%3) (Float32)[5]
		%7, %8 = Loops(%1, %0, %2, %3, %0, %5) (Float32)[3, 4] (Float32)[5]
		return %7, %6, %8
	`)
	loops := s.Nodes[len(s.Nodes)-1].Attrs.(ir.Loops)
	if len(loops) != 2 || loops[0].Outputs[0].Size() != 12 || loops[1].Outputs[0].Size() != 5 {
		t.Errorf("the group does %v", loops)
	}
}

func TestGroupUpdatesKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph) []*ir.Value{
		"one update": func(s sketch.Graph) []*ir.Value {
			return []*ir.Value{step(s, s.Param(), s.Param(3), s.Param(3))}
		},
		"a loop that another node reads": func(s sketch.Graph) []*ir.Value {
			w := step(s, s.Param(), s.Param(3), s.Param(3))
			return []*ir.Value{w, s.Op(compute.OpTypeReverse, ir.Axes{Axes: []int{0}}, w.Shape, w)}
		},
		"loops over no elements": func(s sketch.Graph) []*ir.Value {
			return []*ir.Value{step(s, s.Param(), s.Param(0), s.Param(0)), step(s, s.Param(), s.Param(0, 2), s.Param(0, 2))}
		},
		"a large update and a small one": func(s sketch.Graph) []*ir.Value {
			lr := s.Param()
			return []*ir.Value{step(s, lr, s.Param(maxUpdated+1), s.Param(maxUpdated+1)), step(s, lr, s.Param(3), s.Param(3))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			group(s, build(s)...)
			for _, n := range s.Nodes {
				if n.Op == ir.OpLoops {
					t.Errorf("grouped:\n%s", s.String())
				}
			}
		})
	}
}

// Groups end before they run over more elements than they may.
func TestGroupUpdatesInParts(t *testing.T) {
	s := sketch.New()
	lr := s.Param()
	var outputs []*ir.Value
	for range 5 {
		outputs = append(outputs, step(s, lr, s.Param(maxUpdated/2), s.Param(maxUpdated/2)))
	}
	group(s, outputs...)
	var sizes []int
	for _, n := range s.Nodes {
		if n.Op == ir.OpLoops || n.Op == ir.OpLoop {
			sizes = append(sizes, len(n.Outputs))
		}
	}
	if len(sizes) != 3 || sizes[0] != 2 || sizes[1] != 2 || sizes[2] != 1 {
		t.Errorf("groups of %v loops, want 2, 2 and 1", sizes)
	}
}
