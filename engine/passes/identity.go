package passes

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// ForwardIdentities removes the nodes whose result is their operand: identities, barriers (they order what an
// optimizing compiler might move, and the engine keeps the order), reshapes and conversions that change nothing.
func ForwardIdentities(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		switch compute.OpType(n.Op) {
		case compute.OpTypeIdentity, compute.OpTypeSchedulingBarrier:
			return n.Inputs[:1]
		case compute.OpTypeOptimizationBarrier:
			return n.Inputs
		case compute.OpTypeReshape:
			n.Inputs = n.Inputs[:1] // sizes given at run time are known by now
			for n.Inputs[0].Op() == ir.Op(compute.OpTypeReshape) {
				n.Inputs = n.Inputs[0].Producer.Inputs[:1]
			}
			if n.Inputs[0].Shape.Equal(n.Outputs[0].Shape) {
				return n.Inputs
			}
		case compute.OpTypeConvertDType, compute.OpTypeBroadcastInDim, compute.OpTypeSlice:
			if n.Inputs[0].Shape.Equal(n.Outputs[0].Shape) {
				return n.Inputs
			}
		case compute.OpTypeConcatenate:
			if len(n.Inputs) == 1 {
				return n.Inputs
			}
		case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct:
			if len(n.Attrs.(ir.Axes).Axes) == 0 {
				return n.Inputs
			}
		}
		return nil
	})
}
