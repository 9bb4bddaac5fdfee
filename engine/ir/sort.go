package ir

// Sort brings the nodes into an order in which each follows those that it reads, and otherwise leaves them in theirs.
func (g *Graph) Sort() {
	nodes := g.Nodes
	g.Nodes = make([]*Node, 0, len(nodes))
	done := make(map[*Node]bool, len(nodes))
	var place func(n *Node)
	place = func(n *Node) {
		if done[n] {
			return
		}
		done[n] = true
		for _, v := range n.Inputs {
			place(v.Producer)
		}
		g.Nodes = append(g.Nodes, n)
	}
	for _, n := range nodes {
		place(n)
	}
}
