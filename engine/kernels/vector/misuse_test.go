package vector

import "testing"

// Assembly knows no bounds: what does not fit must be caught before.
func TestMisuse(t *testing.T) {
	six, five := make([]float32, 6), make([]float32, 5)
	for name, f := range map[string]func(){
		"short operand":      func() { Unary(Neg, six, five) },
		"short second":       func() { Binary(Add, six, six, five) },
		"rows do not divide": func() { BinaryColumn(Add, six, six, five) },
		"no rows":            func() { BinaryColumn(Add, six, six, nil) },
		"short mask":         func() { Select(six, make([]bool, 5), six, six) },
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
