package exec

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// instruction computes one value of a block.
type instruction struct {
	args []int
	run  func(b *block)
}

var unaryOps = map[ir.Op]vector.UnaryOp{
	ir.Op(compute.OpTypeAbs): vector.Abs, ir.Op(compute.OpTypeNeg): vector.Neg, ir.Op(compute.OpTypeSqrt): vector.Sqrt,
	ir.Op(compute.OpTypeRsqrt): vector.Rsqrt, ir.Op(compute.OpTypeExp): vector.Exp,
	ir.Op(compute.OpTypeExpm1): vector.Expm1,
	ir.Op(compute.OpTypeLog):   vector.Log, ir.Op(compute.OpTypeLog1p): vector.Log1p,
	ir.Op(compute.OpTypeTanh):     vector.Tanh,
	ir.Op(compute.OpTypeLogistic): vector.Logistic, ir.Op(compute.OpTypeErf): vector.Erf,
	ir.Op(compute.OpTypeSin): vector.Sin,
	ir.Op(compute.OpTypeCos): vector.Cos, ir.Op(compute.OpTypeFloor): vector.Floor, ir.Op(compute.OpTypeCeil): vector.Ceil,
	ir.Op(compute.OpTypeRound): vector.Round, ir.Op(compute.OpTypeSign): vector.Sign, ir.OpGelu: vector.Gelu,
}

// binaryOps gives an op, and the same with its operands exchanged.
var binaryOps = map[ir.Op][2]vector.BinaryOp{
	ir.Op(compute.OpTypeAdd): {vector.Add, vector.Add}, ir.Op(compute.OpTypeSub): {vector.Sub, vector.ReverseSub},
	ir.Op(compute.OpTypeMul): {vector.Mul, vector.Mul}, ir.Op(compute.OpTypeDiv): {vector.Div, vector.ReverseDiv},
	ir.Op(compute.OpTypeMax): {vector.Max, vector.Max}, ir.Op(compute.OpTypeMin): {vector.Min, vector.Min},
	ir.Op(compute.OpTypePow): {vector.Pow, vector.ReversePow},
}

var compareOps = map[ir.Op][2]vector.CompareOp{
	ir.Op(compute.OpTypeEqual):          {vector.Equal, vector.Equal},
	ir.Op(compute.OpTypeNotEqual):       {vector.NotEqual, vector.NotEqual},
	ir.Op(compute.OpTypeLessThan):       {vector.Less, vector.Greater},
	ir.Op(compute.OpTypeLessOrEqual):    {vector.LessOrEqual, vector.GreaterOrEqual},
	ir.Op(compute.OpTypeGreaterThan):    {vector.Greater, vector.Less},
	ir.Op(compute.OpTypeGreaterOrEqual): {vector.GreaterOrEqual, vector.LessOrEqual},
}

var rowReductions = map[ir.Op]reduce.Op{
	ir.Op(compute.OpTypeReduceSum): reduce.Sum,
	ir.Op(compute.OpTypeReduceMax): reduce.Max,
	ir.Op(compute.OpTypeReduceMin): reduce.Min,
}

func isRowReduction(op ir.Op) bool {
	_, ok := rowReductions[op]
	return ok
}

// compileBody gives every instruction its registers and its function.
func (l *loop) compileBody(spec *ir.Loop) {
	first := len(l.loads)
	lastUse := make([]int, first+len(spec.Body))
	for i, in := range spec.Body {
		for _, a := range in.Args {
			lastUse[a] = i
		}
	}
	for i := range spec.Results {
		for _, v := range spec.Results[i].Operands() {
			lastUse[*v] = len(spec.Body)
		}
	}
	free := map[dtypes.DType][]int{} // registers of full values
	for i, in := range spec.Body {
		v := valuePlan{class: l.classOf(in), dtype: in.DType, reg: -1, result: -1}
		id := first + i
		for k := range l.results {
			if r := &l.results[k]; r.Kind == ir.Store && r.Value == id && r.class == v.class && v.class == full && v.result < 0 {
				v.result, r.direct = k, true
			}
		}
		if v.result < 0 && v.class == full && len(free[v.dtype]) > 0 {
			list := free[v.dtype]
			v.reg, free[v.dtype] = list[len(list)-1], list[:len(list)-1]
		} else if v.result < 0 {
			v.reg = l.register(v)
		}
		l.values = append(l.values, v)
		l.code = append(l.code, instruction{args: in.Args, run: l.instruction(in, id)})
		// Freed after the result has its register: kernels may not take a register that they still read.
		for _, a := range slices.Compact(slices.Sorted(slices.Values(in.Args))) {
			if lastUse[a] == i && a >= first && l.values[a].class == full && l.values[a].reg >= 0 {
				free[l.values[a].dtype] = append(free[l.values[a].dtype], l.values[a].reg)
			}
		}
	}
}

// classOf returns the class of an instruction's value.
func (l *loop) classOf(in ir.Instr) class {
	if isRowReduction(in.Op) {
		return byRow
	}
	c := uniform
	for _, a := range in.Args {
		c = max(c, l.values[a].class)
	}
	return c
}

// instruction returns the function that computes value id.
func (l *loop) instruction(in ir.Instr, id int) func(b *block) {
	if in.Op == ir.Op(compute.OpTypeConstant) {
		return func(b *block) { b.floats[id][0] = in.Scalar }
	}
	if op, ok := rowReductions[in.Op]; ok {
		x := in.Args[0]
		if l.values[x].class != full {
			return func(b *block) { b.reduceRepeated(op, id, x) }
		}
		return func(b *block) {
			for r := range b.floats[id] {
				b.floats[id][r] = reduce.Block(op, b.floats[x][r*l.length:(r+1)*l.length])
			}
		}
	}
	switch in.Op {
	case ir.OpScaleShift, ir.OpScaleShiftReLU, ir.OpGate, ir.OpGateOfSum, ir.OpBatchNormGrad:
		return batchNormInstruction(in, id)
	}
	if op, ok := unaryOps[in.Op]; ok {
		x := in.Args[0]
		return func(b *block) { vector.Unary(op, b.floats[id], b.floats[x]) }
	}
	if in.Op == ir.OpGeluGrad {
		c := l.valueClass(in.Args...)
		x, dy := l.expandFloat(in.Args[0], c), l.expandFloat(in.Args[1], c)
		return func(b *block) { vector.Binary(vector.GeluGrad, b.floats[id], x(b), dy(b)) }
	}
	if ops, ok := binaryOps[in.Op]; ok {
		return l.binary(ops, id, in.Args[0], in.Args[1])
	}
	if ops, ok := compareOps[in.Op]; ok {
		return l.compare(ops, id, in.Args[0], in.Args[1])
	}
	return l.logical(in, id)
}

// binary picks the form of an op for the classes of its operands.
func (l *loop) binary(ops [2]vector.BinaryOp, id, x, y int) func(b *block) {
	c, cx, cy := l.valueClass(x, y), l.values[x].class, l.values[y].class
	switch {
	case cx == c && cy == c:
		return func(b *block) { vector.Binary(ops[0], b.floats[id], b.floats[x], b.floats[y]) }
	case cx == c && cy == uniform:
		return func(b *block) { vector.BinaryScalar(ops[0], b.floats[id], b.floats[x], b.floats[y][0]) }
	case cy == c && cx == uniform:
		return func(b *block) { vector.BinaryScalar(ops[1], b.floats[id], b.floats[y], b.floats[x][0]) }
	case cx == c:
		return func(b *block) { vector.BinaryColumn(ops[0], b.floats[id], b.floats[x], b.floats[y]) }
	default:
		return func(b *block) { vector.BinaryColumn(ops[1], b.floats[id], b.floats[y], b.floats[x]) }
	}
}

func (l *loop) compare(ops [2]vector.CompareOp, id, x, y int) func(b *block) {
	c, cx, cy := l.valueClass(x, y), l.values[x].class, l.values[y].class
	switch {
	case cx == c && cy == uniform && c != uniform:
		return func(b *block) { vector.CompareScalar(ops[0], b.bools[id], b.floats[x], b.floats[y][0]) }
	case cy == c && cx == uniform && c != uniform:
		return func(b *block) { vector.CompareScalar(ops[1], b.bools[id], b.floats[y], b.floats[x][0]) }
	}
	ex, ey := l.expandFloat(x, c), l.expandFloat(y, c)
	return func(b *block) { vector.Compare(ops[0], b.bools[id], ex(b), ey(b)) }
}

// logical compiles the ops on truth values.
func (l *loop) logical(in ir.Instr, id int) func(b *block) {
	c := l.valueClass(in.Args...)
	bools := func(k int) func(b *block) []bool { return l.expandBool(in.Args[k], c) }
	switch compute.OpType(in.Op) {
	case compute.OpTypeLogicalNot:
		x := bools(0)
		return func(b *block) { logicalEach(b.bools[id], x(b), x(b), func(x, _ bool) bool { return !x }) }
	case compute.OpTypeLogicalAnd:
		x, y := bools(0), bools(1)
		return func(b *block) { logicalEach(b.bools[id], x(b), y(b), func(x, y bool) bool { return x && y }) }
	case compute.OpTypeLogicalOr:
		x, y := bools(0), bools(1)
		return func(b *block) { logicalEach(b.bools[id], x(b), y(b), func(x, y bool) bool { return x || y }) }
	case compute.OpTypeLogicalXor:
		x, y := bools(0), bools(1)
		return func(b *block) { logicalEach(b.bools[id], x(b), y(b), func(x, y bool) bool { return x != y }) }
	case compute.OpTypeConvertDType:
		x := bools(0)
		return func(b *block) { vector.FromBool(b.floats[id], x(b)) }
	case compute.OpTypeWhere:
		mask := bools(0)
		x, y := in.Args[1], in.Args[2]
		cx, cy := l.values[x].class, l.values[y].class
		switch {
		case cx == c && cy == uniform && c != uniform:
			return func(b *block) { vector.SelectScalar(b.floats[id], mask(b), b.floats[x], b.floats[y][0]) }
		case cy == c && cx == uniform && c != uniform:
			return func(b *block) { vector.SelectScalarLeft(b.floats[id], mask(b), b.floats[x][0], b.floats[y]) }
		}
		ex, ey := l.expandFloat(x, c), l.expandFloat(y, c)
		return func(b *block) { vector.Select(b.floats[id], mask(b), ex(b), ey(b)) }
	}
	panic(fmt.Sprintf("engine: no loop instruction for %s", in.Op))
}

func logicalEach(dst, x, y []bool, f func(x, y bool) bool) {
	for i := range dst {
		dst[i] = f(x[i], y[i])
	}
}

func (l *loop) valueClass(values ...int) class {
	c := uniform
	for _, v := range values {
		c = max(c, l.values[v].class)
	}
	return c
}

// expandFloat returns a function that gives a value in the form of class c, in a register of its own if it has fewer
// elements.
func (l *loop) expandFloat(v int, c class) func(b *block) []float32 {
	if l.values[v].class == c {
		return func(b *block) []float32 { return b.floats[v] }
	}
	reg := l.register(valuePlan{class: c, dtype: dtypes.Float32})
	return func(b *block) []float32 {
		dst := b.floatRegister(c, reg)
		repeat(dst, b.floats[v])
		return dst
	}
}

func (l *loop) expandBool(v int, c class) func(b *block) []bool {
	if l.values[v].class == c {
		return func(b *block) []bool { return b.bools[v] }
	}
	reg := l.register(valuePlan{class: c, dtype: dtypes.Bool})
	return func(b *block) []bool {
		dst := b.boolRegister(c, reg)
		repeat(dst, b.bools[v])
		return dst
	}
}

// repeat fills dst with the elements of src, each as often as fits.
func repeat[T any](dst, src []T) {
	n := len(dst) / len(src)
	for i, x := range src {
		part := dst[i*n : (i+1)*n]
		for k := range part {
			part[k] = x
		}
	}
}
