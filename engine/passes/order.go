package passes

import "github.com/kontrast-ml/kontrast/engine/ir"

// KernelGradientsFirst moves the gradients of convolutions by their kernels right behind what they read, and so before those
// by the inputs, which GoMLX has first. The next op then finds the gradient by the input in a cache.
func KernelGradientsFirst(g *ir.Graph) {
	place := make(map[*ir.Node]int, len(g.Nodes))
	for i, n := range g.Nodes {
		place[n] = i
	}
	behind := map[*ir.Node][]*ir.Node{}
	for _, n := range g.Nodes {
		if n.Op != ir.OpConvKernelGrad {
			continue
		}
		last := n.Inputs[0].Producer
		if other := n.Inputs[1].Producer; place[other] > place[last] {
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
		if n.Op != ir.OpConvKernelGrad {
			add(n)
		}
	}
	g.Nodes = nodes
}
