package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Simplify removes what differentiation leaves behind: products with one, sums with zero, double negations, pairs of
// transpositions, reversals of axes of size one, sums of a single element, and choices that always fall alike. Sums
// with zero keep their value though not the sign of a zero.
func Simplify(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if len(n.Outputs) != 1 || len(n.Inputs) == 0 {
			return nil
		}
		if v := simpler(g, n); v != nil && v.Shape.Equal(n.Outputs[0].Shape) {
			return []*ir.Value{v}
		}
		return nil
	})
}

func simpler(g *ir.Graph, n *ir.Node) *ir.Value {
	x := n.Inputs[0]
	switch compute.OpType(n.Op) {
	case compute.OpTypeMul:
		return pick(n, 1)
	case compute.OpTypeAdd:
		return pick(n, 0)
	case compute.OpTypeSub:
		if isScalar(n.Inputs[1], 0) {
			return x
		}
	case compute.OpTypeDiv:
		if isScalar(n.Inputs[1], 1) {
			return x
		}
	case compute.OpTypeWhere:
		if isTrue(x) {
			return n.Inputs[1]
		}
	case compute.OpTypeNeg:
		if x.Op() == n.Op {
			return x.Producer.Inputs[0]
		}
	case compute.OpTypeTranspose:
		permutation := n.Attrs.(ir.Transpose).Permutation
		if x.Op() == n.Op {
			permutation = compose(x.Producer.Attrs.(ir.Transpose).Permutation, permutation)
			if !slices.IsSorted(permutation) {
				return nil
			}
			return x.Producer.Inputs[0]
		}
		if slices.IsSorted(permutation) {
			return x
		}
	case compute.OpTypeReverse:
		for _, axis := range n.Attrs.(ir.Axes).Axes {
			if axis < 0 || x.Dims()[axis] != 1 {
				return nil
			}
		}
		return x
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct:
		for _, axis := range n.Attrs.(ir.Axes).Axes {
			if x.Dims()[axis] != 1 {
				return nil
			}
		}
		return g.New(ir.Op(compute.OpTypeReshape), nil, []*ir.Value{x}, n.Outputs[0].Shape).Outputs[0]
	}
	return nil
}

// pick returns the other operand if one is the neutral element.
func pick(n *ir.Node, neutral float32) *ir.Value {
	for i, v := range n.Inputs {
		if isScalar(v, neutral) {
			return n.Inputs[1-i]
		}
	}
	return nil
}

// compose returns the permutation that equals first, then second.
func compose(first, second []int) []int {
	p := make([]int, len(second))
	for i, axis := range second {
		p[i] = first[axis]
	}
	return p
}

// isScalar says that every element of v is the float32 constant x.
func isScalar(v *ir.Value, x float32) bool {
	c, ok := v.Scalar()
	return ok && c == x
}

// isTrue says that every element of v is true by construction.
func isTrue(v *ir.Value) bool {
	for v.Op() == ir.Op(compute.OpTypeBroadcastInDim) || v.Op() == ir.Op(compute.OpTypeReshape) {
		v = v.Producer.Inputs[0]
	}
	return v.Shape.DType == dtypes.Bool && v.Size() == 1 && v.Op() == ir.Op(compute.OpTypeConstant) &&
		v.Producer.Attrs.(ir.Constant).Data[0] != 0
}
