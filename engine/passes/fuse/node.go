package fuse

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// maxRow is the length of the longest row that a loop reduces: a row must stay in the cache.
const maxRow = 1 << 14

// signature is the types of the operands and of the result of an op of a loop: float32 or Bool.
type signature struct {
	operands []dtypes.DType
	result   dtypes.DType
	cost     float64 // of computing an element, relative to reading it from memory
}

const (
	cheap  = 0.05
	costly = 0.4
)

var signatures = func() map[ir.Op]signature {
	f, b := dtypes.Float32, dtypes.Bool
	m := map[ir.Op]signature{}
	add := func(s signature, ops ...compute.OpType) {
		for _, op := range ops {
			m[ir.Op(op)] = s
		}
	}
	add(signature{[]dtypes.DType{f}, f, cheap}, compute.OpTypeAbs, compute.OpTypeNeg, compute.OpTypeSqrt,
		compute.OpTypeRsqrt,
		compute.OpTypeFloor, compute.OpTypeCeil, compute.OpTypeRound, compute.OpTypeSign)
	add(signature{[]dtypes.DType{f}, f, costly}, compute.OpTypeExp, compute.OpTypeExpm1, compute.OpTypeLog,
		compute.OpTypeLog1p,
		compute.OpTypeTanh, compute.OpTypeLogistic, compute.OpTypeErf, compute.OpTypeSin, compute.OpTypeCos)
	add(signature{[]dtypes.DType{f, f}, f, cheap}, compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul,
		compute.OpTypeDiv,
		compute.OpTypeMax, compute.OpTypeMin)
	add(signature{[]dtypes.DType{f, f}, f, costly}, compute.OpTypePow)
	m[ir.OpGelu] = signature{[]dtypes.DType{f}, f, costly}
	m[ir.OpGeluGrad] = signature{[]dtypes.DType{f, f}, f, costly}
	add(signature{[]dtypes.DType{f, f}, b, cheap}, compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeGreaterThan,
		compute.OpTypeGreaterOrEqual, compute.OpTypeLessThan, compute.OpTypeLessOrEqual)
	add(signature{[]dtypes.DType{b, b}, b, cheap}, compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr,
		compute.OpTypeLogicalXor)
	add(signature{[]dtypes.DType{b}, b, cheap}, compute.OpTypeLogicalNot)
	add(signature{[]dtypes.DType{b}, f, cheap}, compute.OpTypeConvertDType)
	add(signature{[]dtypes.DType{b, f, f}, f, cheap}, compute.OpTypeWhere)
	add(signature{[]dtypes.DType{f, f, f}, f, cheap}, compute.OpTypeClamp)
	return m
}()

// isPointwise says that a loop can compute n.
func isPointwise(n *ir.Node) bool {
	s, ok := signatures[n.Op]
	if !ok || n.Outputs[0].Shape.DType != s.result || len(n.Inputs) != len(s.operands) || n.Outputs[0].Size() == 0 {
		return false
	}
	for i, v := range n.Inputs {
		if v.Shape.DType != s.operands[i] {
			return false
		}
	}
	return true
}

// shape of a reduction: which part of the axes is reduced.
type reduction int

const (
	noReduction   reduction = iota
	reduceRows              // the last axes
	reduceColumns           // the first axes, or some in the middle
	reduceAll
)

// reductionOf says how n reduces its operand, and where the axes split into rows and their length; from is the first
// axis reduced.
func reductionOf(n *ir.Node) (kind reduction, from, split int) {
	switch compute.OpType(n.Op) {
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin:
	default:
		return noReduction, 0, 0
	}
	x := n.Inputs[0]
	axes := n.Attrs.(ir.Axes).Axes
	rank := len(x.Dims())
	if x.Shape.DType != dtypes.Float32 || x.Size() == 0 || len(axes) == 0 {
		return noReduction, 0, 0
	}
	first, last := axes[0], axes[len(axes)-1]
	// Axes of size 1 on the border belong to any part.
	for first > 0 && x.Dims()[first-1] == 1 {
		first--
	}
	for last < rank-1 && x.Dims()[last+1] == 1 {
		last++
	}
	for axis := first; axis <= last; axis++ {
		if x.Dims()[axis] != 1 && !slices.Contains(axes, axis) {
			return noReduction, 0, 0
		}
	}
	switch {
	case first == 0 && last == rank-1:
		return reduceAll, 0, 0
	case last == rank-1:
		length := 1
		for _, d := range x.Dims()[first:] {
			length *= d
		}
		if length > maxRow {
			return noReduction, 0, 0
		}
		return reduceRows, first, first
	default:
		return reduceColumns, first, last + 1
	}
}
