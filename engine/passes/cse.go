package passes

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// CommonSubexpressions makes one node of several that compute the same from the same operands.
func CommonSubexpressions(g *ir.Graph) {
	number := map[*ir.Value]int{}
	seen := map[string]*ir.Node{}
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		for _, v := range n.Outputs {
			number[v] = len(number)
		}
		if !determined(n) {
			return nil
		}
		var key strings.Builder
		fmt.Fprintf(&key, "%d %v", n.Op, n.Attrs)
		for _, v := range n.Inputs {
			fmt.Fprintf(&key, " %d", number[v])
		}
		for _, v := range n.Outputs {
			fmt.Fprintf(&key, " %s", v.Shape)
		}
		if first, ok := seen[key.String()]; ok {
			return first.Outputs
		}
		seen[key.String()] = n
		return nil
	})
}

// determined says that op, attributes, operands and shapes of a node determine its result.
func determined(n *ir.Node) bool {
	switch n.Op {
	case ir.OpMoments, ir.OpConvInputGrad, ir.OpConvWeightGrad:
		return true
	}
	if IsPointwise(n.Op) || IsReduction(n.Op) {
		return true
	}
	switch compute.OpType(n.Op) {
	case compute.OpTypeConstant:
		return len(n.Attrs.(ir.Constant).Data) <= 64
	case compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeBroadcastInDim, compute.OpTypeSlice,
		compute.OpTypeConcatenate, compute.OpTypePad, compute.OpTypeReverse, compute.OpTypeIota, compute.OpTypeBitcast,
		compute.OpTypeDotGeneral, compute.OpTypeConvGeneral, compute.OpTypeGather, compute.OpTypeArgMinMax,
		compute.OpTypeReduceWindow:
		return true
	}
	return false
}
