package vector

import "testing"

// Assembly knows no bounds: what does not fit must be caught before.
func TestMisuse(t *testing.T) {
	six, five := make([]float32, 6), make([]float32, 5)
	for name, f := range map[string]func(){
		"short operand":      func() { Unary(Neg, six, five) },
		"short second":       func() { Binary(Add, six, six, five) },
		"rows do not divide": func() { BinaryRow(Add, six, six, five) },
		"no columns":         func() { BinaryRow(Add, six, six, nil) },
		"column":             func() { BinaryColumn(Add, six, six, five) },
		"scale":              func() { ScaleShift(six, six, five, five, nil, false) },
		"short shift":        func() { ScaleShift(six, six, six[:3], make([]float32, 2), nil, false) },
		"short residual":     func() { ScaleShift(six, six, six[:3], six[:3], five, false) },
		"short mask":         func() { Select(six, make([]bool, 5), six, six) },
		"short logical":      func() { Logical(And, make([]bool, 3), make([]bool, 3), nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
