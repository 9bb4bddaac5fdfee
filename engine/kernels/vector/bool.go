package vector

import "unsafe"

// LogicalOp is an elementwise function of truth values.
type LogicalOp uint8

// The functions of truth values. Not takes its first operand alone.
const (
	And LogicalOp = iota
	Or
	Xor
	Not
	logicalOps
)

var logicalNames = [logicalOps]string{"And", "Or", "Xor", "Not"}

// String returns the name of the constant.
func (op LogicalOp) String() string { return name(logicalNames[:], int(op), "LogicalOp") }

// Logical sets dst[i] = op(a[i], b[i]) for every i below len(dst). a and b have at least as many elements; b is not
// read by Not and may be nil then.
func Logical(op LogicalOp, dst, a, b []bool) {
	if op == Not {
		b = a
	}
	n := len(dst)
	a, b = a[:n], b[:n]
	d, x, y := eights(dst), eights(a), eights(b)
	words := min(len(d), len(x), len(y))
	d, x, y = d[:words], x[:words], y[:words]
	switch op {
	case And:
		for i := range d {
			d[i] = x[i] & y[i]
		}
	case Or:
		for i := range d {
			d[i] = x[i] | y[i]
		}
	case Xor:
		for i := range d {
			d[i] = x[i] ^ y[i]
		}
	case Not:
		const ones = 0x0101010101010101
		for i := range d {
			d[i] = x[i] ^ ones
		}
	}
	for i := 8 * words; i < n; i++ {
		dst[i] = logicalFuncs[op](a[i], b[i])
	}
}

var logicalFuncs = [logicalOps]func(a, b bool) bool{
	And: func(a, b bool) bool { return a && b },
	Or:  func(a, b bool) bool { return a || b },
	Xor: func(a, b bool) bool { return a != b },
	Not: func(a, _ bool) bool { return !a },
}

// eights views truth values, which are bytes 0 or 1, eight at a time, without the rest; nothing if they are
// not aligned for that.
func eights(b []bool) []uint64 {
	if len(b) < 8 || uintptr(unsafe.Pointer(&b[0]))%8 != 0 {
		return nil
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(&b[0])), len(b)/8)
}
