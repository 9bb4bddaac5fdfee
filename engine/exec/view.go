package exec

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// lowerView returns the kernel of a node whose outputs are its inputs' memory read otherwise, and nil for other nodes.
func lowerView(n *ir.Node) *kernel {
	alias := make([]int, len(n.Outputs))
	switch compute.OpType(n.Op) {
	case compute.OpTypeReshape, compute.OpTypeIdentity, compute.OpTypeSchedulingBarrier, compute.OpTypeBitcast:
	case compute.OpTypeOptimizationBarrier:
		for i := range alias {
			alias[i] = i
		}
	case compute.OpTypeTranspose:
		if !keepsOrder(n.Inputs[0].Dims(), n.Attrs.(ir.Transpose).Permutation) {
			return nil
		}
	case compute.OpTypeConvertDType:
		if n.Inputs[0].Shape.DType != n.Outputs[0].Shape.DType {
			return nil
		}
	case compute.OpTypeBroadcastInDim, compute.OpTypeConcatenate, compute.OpTypeSlice:
		if n.Inputs[0].Size() != n.Outputs[0].Size() {
			return nil
		}
	default:
		return nil
	}
	return &kernel{traits: plan.Traits{Alias: alias}}
}

// keepsOrder says that a transposition moves only axes of size 1.
func keepsOrder(dims, permutation []int) bool {
	var moved []int
	for _, axis := range permutation {
		if dims[axis] != 1 {
			moved = append(moved, axis)
		}
	}
	return slices.IsSorted(moved)
}
