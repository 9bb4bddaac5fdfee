package passes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// loopSketch builds a loop over [4, 2, 16].
type loopSketch struct {
	sketch.Graph
	loop *ir.Loop
	node *ir.Node
}

// newLoopSketch makes a loop that reads tensors and vectors: a letter of kinds each, t or v.
func newLoopSketch(kinds string) *loopSketch {
	s := &loopSketch{Graph: sketch.New(), loop: &ir.Loop{Dims: []int{4, 2, 16}, Groups: 1}}
	for _, kind := range kinds {
		dims, strides := []int{4, 2, 16}, []int{32, 16, 1}
		if kind == 'v' {
			dims, strides = []int{16}, []int{0, 0, 1}
		}
		s.Param(dims...)
		s.loop.Loads = append(s.loop.Loads, ir.Load{DType: dtypes.Float32, Strides: strides})
	}
	return s
}

func (s *loopSketch) instr(op compute.OpType, args ...int) int {
	dtype := dtypes.Float32
	if op == compute.OpTypeLessOrEqual {
		dtype = dtypes.Bool
	}
	s.loop.Body = append(s.loop.Body, ir.Instr{Op: ir.Op(op), DType: dtype, Args: args})
	return len(s.loop.Loads) + len(s.loop.Body) - 1
}

func (s *loopSketch) zero() int { return s.instr(compute.OpTypeConstant) }

// relu is 0 where y is not positive, else x.
func (s *loopSketch) relu(y, x int) int {
	return s.instr(compute.OpTypeWhere, s.instr(compute.OpTypeLessOrEqual, y, s.zero()), s.zero(), x)
}

func (s *loopSketch) result(kind ir.ResultKind, value int) {
	r := ir.Result{Kind: kind, Value: value}
	if kind != ir.Store {
		r.Op = ir.Op(compute.OpTypeReduceSum)
		s.loop.Split = 2
	}
	s.loop.Results = append(s.loop.Results, r)
}

// checkCombined runs the pass and compares the loop's listing: the parameters that are loaded, those read as vectors
// with a v, the instructions and the results.
func (s *loopSketch) checkCombined(t *testing.T, want string) {
	t.Helper()
	s.node = s.New(ir.OpLoop, s.loop, s.Params, sketch.Float(4, 2, 16))
	CombineBatchNorm(s.Graph.Graph)
	var b strings.Builder
	for i, v := range s.node.Inputs {
		fmt.Fprintf(&b, "p%d", v.Producer.Attrs.(ir.Parameter).Index)
		if s.loop.Loads[i].Vector {
			b.WriteString("v")
		}
		b.WriteString(" ")
	}
	for i, in := range s.loop.Body {
		fmt.Fprintf(&b, "| %d %s %v ", len(s.loop.Loads)+i, in.Op, in.Args)
	}
	for _, r := range s.loop.Results {
		fmt.Fprintf(&b, "| result %d: %d", r.Kind, r.Value)
		if r.Kind == ir.ReduceCentered {
			fmt.Fprintf(&b, " x %d mean %d", r.X, r.Mean)
		}
		b.WriteString(" ")
	}
	if got := strings.TrimSpace(b.String()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCombineBatchNorm(t *testing.T) {
	const add, sub, mul = compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul
	tests := []struct {
		name, kinds string
		build       func(s *loopSketch)
		want        string
	}{
		{"scale and shift, ReLU", "tvv", func(s *loopSketch) {
			y := s.instr(add, s.instr(mul, 0, 1), 2)
			s.result(ir.Store, s.relu(y, y))
		}, "p0 p1v p2v | 3 ScaleShiftReLU [0 1 2] | result 0: 3"},
		{"with a residual, operands exchanged", "vtvt", func(s *loopSketch) {
			y := s.instr(add, 3, s.instr(add, 2, s.instr(mul, 0, 1)))
			s.result(ir.Store, s.relu(y, y))
		}, "p0v p1 p2v p3 | 4 ScaleShiftReLU [1 0 2 3] | result 0: 4"},
		{"a product that is read twice stays", "tvv", func(s *loopSketch) {
			product := s.instr(mul, 0, 1)
			s.result(ir.Store, s.instr(add, product, 2))
			s.result(ir.Store, product)
		}, "p0 p1 p2 | 3 Mul [0 1] | 4 Add [3 2] | result 0: 4 | result 0: 3"},
		{"sums of the gradient behind a ReLU", "tvvtv", func(s *loopSketch) {
			dy := s.relu(s.instr(add, s.instr(mul, 0, 1), 2), 3)
			s.result(ir.ReduceColumns, dy)
			s.result(ir.ReduceColumns, s.instr(mul, dy, s.instr(sub, 0, 4)))
		}, "p0 p1v p2v p3 p4v | 5 Gate [3 0 1 2] | result 1: 5 | result 3: 5 x 0 mean 4"},
		{"gradients from two sides", "tvvtt", func(s *loopSketch) {
			s.result(ir.Store, s.relu(s.instr(add, s.instr(mul, 0, 1), 2), s.instr(add, 3, 4)))
		}, "p0 p1v p2v p3 p4 | 5 GateOfSum [3 4 0 1 2] | result 0: 5"},
		{"a sum of gradients that is read twice stays", "tvvtt", func(s *loopSketch) {
			dy := s.instr(add, 3, 4)
			s.result(ir.Store, s.relu(s.instr(add, s.instr(mul, 0, 1), 2), dy))
			s.result(ir.Store, dy)
		}, "p0 p1v p2v p3 p4 | 5 Add [3 4] | 6 Gate [5 0 1 2] | result 0: 6 | result 0: 5"},
		{"gradient of the input", "ttvvvv", func(s *loopSketch) {
			centered := s.instr(add, s.instr(mul, s.instr(sub, 0, 2), 4), 5)
			s.result(ir.Store, s.instr(add, s.instr(mul, 1, 3), centered))
		}, "p0 p1 p2v p3v p4v p5v | 6 BatchNormGrad [1 0 2 3 4 5] | result 0: 6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newLoopSketch(test.kinds)
			test.build(s)
			s.checkCombined(t, test.want)
		})
	}
}

// Rows that are shorter than the kernels' vectors stay as they are.
func TestCombineBatchNormLeavesShortRows(t *testing.T) {
	s := newLoopSketch("tvv")
	s.loop.Dims[2] = 8
	s.result(ir.Store, s.instr(compute.OpTypeAdd, s.instr(compute.OpTypeMul, 0, 1), 2))
	s.checkCombined(t, "p0 p1 p2 | 3 Mul [0 1] | 4 Add [3 2] | result 0: 4")
}

func TestCombineBatchNormKeepsOthers(t *testing.T) {
	const add, sub, mul = compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul
	tests := []struct {
		name, kinds string
		build       func(s *loopSketch)
		want        string
	}{
		{"two tensors", "tt", func(s *loopSketch) {
			s.result(ir.Store, s.instr(add, s.instr(mul, 0, 1), 0))
		}, "p0 p1 | 2 Mul [0 1] | 3 Add [2 0] | result 0: 3"},
		{"a ReLU without a scale", "tv", func(s *loopSketch) {
			y := s.instr(add, 0, 1)
			s.result(ir.Store, s.relu(y, y))
		}, "p0 p1 | 2 Add [0 1] | 3 Constant [] | 4 LessOrEqual [2 3] | 5 Constant [] | 6 Where [4 5 2] | result 0: 6"},
		{"a center that is read twice", "tv", func(s *loopSketch) {
			centered := s.instr(sub, 0, 1)
			s.result(ir.ReduceColumns, s.instr(mul, 0, centered))
			s.result(ir.Store, centered)
		}, "p0 p1 | 2 Sub [0 1] | 3 Mul [0 2] | result 1: 3 | result 0: 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newLoopSketch(test.kinds)
			test.build(s)
			s.checkCombined(t, test.want)
		})
	}
}
