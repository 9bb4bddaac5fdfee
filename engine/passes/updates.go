package passes

import (
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// maxUpdated bounds the elements that the loops of a group run over: what they read has to be kept until the last of
// them can run.
const maxUpdated = 1 << 20

// GroupUpdates makes one node of several loops whose results are nothing but outputs of the graph: the updates of
// variables by an optimizer, of its moments, of moving averages. Their work is then split among the threads together.
func GroupUpdates(g *ir.Graph) {
	grouped := updatesOf(g)
	u := updates{replaced: map[*ir.Value]*ir.Value{}}
	for _, n := range g.Nodes {
		if grouped[n] {
			u.add(n)
		} else {
			u.nodes = append(u.nodes, n)
		}
	}
	u.flush()
	g.Nodes = u.nodes
	for i, v := range g.Outputs {
		if r := u.replaced[v]; r != nil {
			g.Outputs[i] = r
		}
	}
}

type updates struct {
	nodes    []*ir.Node // of the new graph
	group    []*ir.Node // loops that are still to be added
	size     int        // elements of the group
	replaced map[*ir.Value]*ir.Value
}

// updatesOf returns the loops whose results no node reads.
func updatesOf(g *ir.Graph) map[*ir.Node]bool {
	found := map[*ir.Node]bool{}
	for _, n := range g.Nodes {
		found[n] = n.Op == ir.OpLoop && elements(n) > 0
		for _, v := range n.Inputs {
			found[v.Producer] = false
		}
	}
	return found
}

// elements returns the size of a loop's iteration space.
func elements(n *ir.Node) int {
	loop := n.Attrs.(*ir.Loop)
	return loop.Rows() * loop.Len()
}

func (u *updates) add(n *ir.Node) {
	size := elements(n)
	if u.size+size > maxUpdated {
		u.flush()
	}
	u.group, u.size = append(u.group, n), u.size+size
	if size > maxUpdated {
		u.flush()
	}
}

// flush adds the group to the nodes.
func (u *updates) flush() {
	group := u.group
	u.group, u.size = nil, 0
	if len(group) < 2 {
		u.nodes = append(u.nodes, group...)
		return
	}
	var inputs, results []*ir.Value
	var outputs []shapes.Shape
	for _, n := range group {
		inputs, results = append(inputs, n.Inputs...), append(results, n.Outputs...)
	}
	for _, v := range results {
		outputs = append(outputs, v.Shape)
	}
	all := (&ir.Graph{}).New(ir.OpLoops, ir.Loops(group), inputs, outputs...)
	for i, v := range results {
		u.replaced[v] = all.Outputs[i]
	}
	u.nodes = append(u.nodes, all)
}
