package passes

import "github.com/kontrast-ml/kontrast/engine/ir"

// WeightGradientsFirst moves the weight gradients of convolutions right behind what they read, and so before the input
// gradients, which GoMLX has first. The next op then finds the input gradient in a cache.
func WeightGradientsFirst(g *ir.Graph) {
	index := make(map[*ir.Node]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n] = i
	}
	behind := map[*ir.Node][]*ir.Node{}
	for _, n := range g.Nodes {
		if n.Op != ir.OpConvWeightGrad {
			continue
		}
		last := n.Inputs[0].Producer
		if other := n.Inputs[1].Producer; index[other] > index[last] {
			last = other
		}
		behind[last] = append(behind[last], n)
	}
	nodes := make([]*ir.Node, 0, len(g.Nodes))
	var add func(n *ir.Node)
	add = func(n *ir.Node) {
		nodes = append(nodes, n)
		for _, gradient := range behind[n] {
			add(gradient)
		}
	}
	for _, n := range g.Nodes {
		if n.Op != ir.OpConvWeightGrad {
			add(n)
		}
	}
	g.Nodes = nodes
}
