package passes

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// DeadCode removes the nodes whose values reach no output. Parameters stay.
func DeadCode(g *ir.Graph) {
	needed := make(map[*ir.Node]bool, len(g.Nodes))
	for _, v := range g.Outputs {
		needed[v.Producer] = true
	}
	for _, n := range slices.Backward(g.Nodes) {
		if needed[n] {
			for _, v := range n.Inputs {
				needed[v.Producer] = true
			}
		}
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *ir.Node) bool {
		return !needed[n] && n.Op != ir.Op(compute.OpTypeParameter)
	})
}
