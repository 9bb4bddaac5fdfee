package conv

import "fmt"

// operand is a slice with the length that a kernel reads or writes. The
// assembly trusts it.
type operand struct {
	name string
	data []float32
	need int
}

// checkLengths panics if an operand is too short: the caller's mistake.
func checkLengths(method string, operands ...operand) {
	for _, o := range operands {
		checkLength(method, o.name, len(o.data), o.need)
	}
}

func checkLength(method, name string, have, need int) {
	if have < need {
		panic(fmt.Sprintf("conv: %s: %s has %d elements: expected at least %d", method, name, have, need))
	}
}

func (s Spec) sizeX() int { return s.N * s.H * s.W * s.C }
func (s Spec) sizeY() int { return s.N * s.OutH() * s.OutW() * s.O }
func (s Spec) sizeW() int { return s.KH * s.KW * s.C / s.Groups * s.O }
