package exec

import "github.com/gomlx/compute"

// unary returns the function of an op of one operand.
func unary[T, R any](f func(x T) R) blockFunc {
	return func(dst []byte, operands [][]byte) {
		d, x := view[R](dst), view[T](operands[0])
		x = x[:len(d)]
		for i := range d {
			d[i] = f(x[i])
		}
	}
}

// binary returns the function of an op of two operands that takes long enough for a call an element.
func binary[T any](f func(a, b T) T) blockFunc {
	return func(dst []byte, operands [][]byte) {
		d, a, b := view[T](dst), view[T](operands[0]), view[T](operands[1])
		a, b = a[:len(d)], b[:len(d)]
		for i := range d {
			d[i] = f(a[i], b[i])
		}
	}
}

func comparison[T number](op compute.OpType) blockFunc {
	compare := comparisonLoop[T](op)
	if compare == nil {
		return nil
	}
	return func(dst []byte, operands [][]byte) {
		d := view[bool](dst)
		compare(d, view[T](operands[0])[:len(d)], view[T](operands[1])[:len(d)])
	}
}

func comparisonLoop[T number](op compute.OpType) func(dst []bool, a, b []T) {
	switch op {
	case compute.OpTypeEqual:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x == b[i]
			}
		}
	case compute.OpTypeNotEqual:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x != b[i]
			}
		}
	case compute.OpTypeLessThan:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x < b[i]
			}
		}
	case compute.OpTypeLessOrEqual:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x <= b[i]
			}
		}
	case compute.OpTypeGreaterThan:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x > b[i]
			}
		}
	case compute.OpTypeGreaterOrEqual:
		return func(dst []bool, a, b []T) {
			for i, x := range a {
				dst[i] = x >= b[i]
			}
		}
	}
	return nil
}

func arithmeticLoop[T number](op compute.OpType) func(dst, a, b []T) {
	switch op {
	case compute.OpTypeAdd:
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = x + b[i]
			}
		}
	case compute.OpTypeSub:
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = x - b[i]
			}
		}
	case compute.OpTypeMul:
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = x * b[i]
			}
		}
	case compute.OpTypeDiv: // integers panic if b is 0, as they do on the Go backend
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = x / b[i]
			}
		}
	case compute.OpTypeMax:
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = max(x, b[i])
			}
		}
	case compute.OpTypeMin:
		return func(dst, a, b []T) {
			for i, x := range a {
				dst[i] = min(x, b[i])
			}
		}
	}
	return nil
}
