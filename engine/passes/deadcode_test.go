package passes

import (
	"testing"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

func TestDeadCode(t *testing.T) {
	s := sketch.New()
	x, y := s.Param(4), s.Param(4)
	s.Add(s.Mul(x, y), y) // dead with its operand
	s.Outputs = []*ir.Value{s.Add(x, x)}
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[4]
		%1 = Parameter() (Float32)[4]
		%2 = Add(%0, %0) (Float32)[4]
		return %2`)
}

// A node stays for one of its two results, and so do parameters that nobody reads.
func TestDeadCodeKeepsWhatIsRead(t *testing.T) {
	s := sketch.New()
	x := s.Param(8, 4)
	s.Param(3)
	moments := s.New(ir.OpMoments, nil, []*ir.Value{x}, sketch.Float(4), sketch.Float(4))
	s.Outputs = []*ir.Value{moments.Outputs[1]}
	s.CheckKept(t, DeadCode)
}
