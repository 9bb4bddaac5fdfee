package ir

// Sort sorts the nodes topologically, and otherwise keeps their order.
func (g *Graph) Sort() {
	nodes := g.Nodes
	g.Nodes = make([]*Node, 0, len(nodes))
	done := make(map[*Node]bool, len(nodes))
	var visit func(n *Node)
	visit = func(n *Node) {
		if done[n] {
			return
		}
		done[n] = true
		for _, v := range n.Inputs {
			visit(v.Producer)
		}
		g.Nodes = append(g.Nodes, n)
	}
	for _, n := range nodes {
		visit(n)
	}
}
