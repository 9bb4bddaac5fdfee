package exec

import (
	"sort"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// loops is a loop, or several that do not read each other. Their work items are handed out together.
type loops struct {
	parts     []loopPart
	items     int
	threads   int
	perWorker int // scratch, in floats
}

type loopPart struct {
	*loop
	in, out int // its first operand and result among those of the node
	end     int // the number of the item after its last
}

func lowerLoop(rt *Runtime, n *ir.Node) *kernel { return lowerParts(rt, n) }

func lowerLoops(rt *Runtime, n *ir.Node) *kernel { return lowerParts(rt, n.Attrs.(ir.Loops)...) }

func lowerParts(rt *Runtime, nodes ...*ir.Node) *kernel {
	g := &loops{threads: rt.pool.Threads()}
	var in, out, partials int
	var inPlace [][2]int
	for _, n := range nodes {
		l := compileLoop(n)
		g.items += l.items()
		g.parts = append(g.parts, loopPart{loop: l, in: in, out: out, end: g.items})
		g.perWorker = max(g.perWorker, l.scratchPerWorker())
		partials = l.placePartials(partials)
		for _, pair := range l.inPlace(n) {
			inPlace = append(inPlace, [2]int{out + pair[0], in + pair[1]})
		}
		in, out = in+len(n.Inputs), out+len(n.Outputs)
	}
	return &kernel{
		traits: plan.Traits{InPlace: inPlace, Scratch: sizeOfFloat32 * (g.threads*g.perWorker + partials)},
		run:    g.run,
	}
}

func (g *loops) run(c *call) error {
	memory := f32(c.scratch)
	partials := memory[g.threads*g.perWorker:]
	calls := make([]call, len(g.parts))
	for i := range g.parts {
		p := &g.parts[i]
		calls[i] = call{in: c.in[p.in:][:len(p.loads)], out: c.out[p.out:][:len(p.results)]}
	}
	c.pool.Run(g.items, func(item, worker int) {
		i := sort.Search(len(g.parts)-1, func(i int) bool { return item < g.parts[i].end })
		p := &g.parts[i]
		p.item(&calls[i], memory[worker*g.perWorker:][:g.perWorker], partials, item-p.end+p.items())
	})
	for i := range g.parts {
		l := g.parts[i].loop
		for k := range l.results {
			l.combine(&l.results[k], f32(calls[i].out[k]), partials)
		}
	}
	return nil
}
