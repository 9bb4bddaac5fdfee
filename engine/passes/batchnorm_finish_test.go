package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// A vector that other instructions read keeps a load of its own for them.
func TestFinishSplitsLoads(t *testing.T) {
	s := newLoopSketch("tvv")
	s.result(ir.Store, s.instr(compute.OpTypeAdd, s.instr(compute.OpTypeMul, 0, 1), 2))
	s.result(ir.Store, s.instr(compute.OpTypeSub, 0, 2))
	want := "p0 p1v p2v p2 | 4 ScaleShift [0 1 2] | 5 Sub [0 3] | result 0: 4 | result 0: 5"
	s.checkCombined(t, want)
}

// Loads and instructions that nobody reads any more are dropped, and the others move up.
func TestFinishDropsWhatIsNotRead(t *testing.T) {
	s := newLoopSketch("vttvv")
	s.instr(compute.OpTypeExp, 1) // nobody reads it
	s.result(ir.Store, s.instr(compute.OpTypeAdd, s.instr(compute.OpTypeMul, 2, 3), 4))
	want := "p2 p3v p4v | 3 ScaleShift [0 1 2] | result 0: 3"
	s.checkCombined(t, want)
}

// Where nothing is combined, what nobody reads stays for others to drop.
func TestFinishLeavesOtherLoops(t *testing.T) {
	s := newLoopSketch("tv")
	s.instr(compute.OpTypeExp, 0)
	s.result(ir.Store, s.instr(compute.OpTypeAdd, 0, 1))
	want := "p0 p1 | 2 Exp [0] | 3 Add [0 1] | result 0: 3"
	s.checkCombined(t, want)
}
