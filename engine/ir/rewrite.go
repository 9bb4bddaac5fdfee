package ir

// Rewrite visits the nodes in order, their operands already replaced. If f returns values, they take the place of
// the node's outputs and the node is dropped; if it returns nil the node stays. What f adds to the graph with New comes
// before the node.
func (g *Graph) Rewrite(f func(n *Node) []*Value) {
	replaced := map[*Value]*Value{}
	substitute := func(values []*Value) {
		for i, v := range values {
			if r, ok := replaced[v]; ok {
				values[i] = r
			}
		}
	}
	old := g.Nodes
	g.Nodes = make([]*Node, 0, len(old))
	for _, n := range old {
		substitute(n.Inputs)
		if values := f(n); values != nil {
			for i, v := range values {
				replaced[n.Outputs[i]] = v
			}
			continue
		}
		g.Nodes = append(g.Nodes, n)
	}
	substitute(g.Outputs)
}
