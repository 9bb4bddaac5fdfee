package fuse

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Fuse replaces the ops that fit into loops by loops.
func Fuse(g *ir.Graph) {
	f := newFuser(g)
	f.mergeAlongEdges()
	f.mergeSiblings()
	f.rematerialize()
	f.emit()
}

// fuser is the state of one run. Nodes are known by their index in the graph; a unit is a cluster or a node outside of
// them.
type fuser struct {
	g         *ir.Graph
	nodes     []*ir.Node
	index     map[*ir.Node]int
	operands  [][]operand // by node, nil for those outside of loops
	users     [][]int     // by node: the nodes that read it, those of loops through views
	clusterOf []*cluster  // by node, nil for those outside of loops

	required       map[*ir.Value]bool             // values that must be in memory: read by other ops, or outputs
	rematerialized map[*cluster]map[*ir.Node]bool // by loop: nodes of other loops that it computes again
	readers        map[int][]*cluster             // by node: the other loops that load its value

	order    []int // units in topological order, each by its head
	position []int // in order, by head

	visited []int // by head: the last search that visited it
	stack   []int
	visit   int
}

func newFuser(g *ir.Graph) *fuser {
	f := &fuser{
		g: g, nodes: g.Nodes, index: make(map[*ir.Node]int, len(g.Nodes)),
		operands: make([][]operand, len(g.Nodes)), users: make([][]int, len(g.Nodes)),
		clusterOf: make([]*cluster, len(g.Nodes)), visited: make([]int, len(g.Nodes)),
		order: make([]int, len(g.Nodes)), position: make([]int, len(g.Nodes)),
		required: map[*ir.Value]bool{}, rematerialized: map[*cluster]map[*ir.Node]bool{},
	}
	for i, n := range f.nodes {
		f.index[n], f.order[i], f.position[i] = i, i, i
		f.clusterOf[i] = newCluster(i, n)
		if f.clusterOf[i] != nil {
			for _, v := range n.Inputs {
				o := resolve(v, f.clusterOf[i].dims)
				f.operands[i] = append(f.operands[i], o)
				f.addUser(o.base, i)
			}
			continue
		}
		for _, v := range n.Inputs {
			f.addUser(v, i)
		}
	}
	f.findRequired()
	return f
}

func (f *fuser) addUser(v *ir.Value, user int) {
	p := f.index[v.Producer]
	f.users[p] = append(f.users[p], user)
}

// findRequired marks what the nodes outside of loops read, unless it is a view that only loops read.
func (f *fuser) findRequired() {
	live := make([]bool, len(f.nodes))
	for _, v := range f.g.Outputs {
		f.required[v] = true
		live[f.index[v.Producer]] = true
	}
	for i := len(f.nodes) - 1; i >= 0; i-- {
		n := f.nodes[i]
		if f.clusterOf[i] != nil {
			for _, o := range f.operands[i] {
				live[f.index[o.base.Producer]] = true
			}
			continue
		}
		if !live[i] {
			continue
		}
		for _, v := range n.Inputs {
			f.required[v] = true
			live[f.index[v.Producer]] = true
		}
	}
}

// mergeAlongEdges joins each node with the producers of its operands where one loop can compute both.
func (f *fuser) mergeAlongEdges() {
	for i := range f.nodes {
		if f.clusterOf[i] == nil {
			continue
		}
		for _, o := range f.operands[i] {
			p := f.index[o.base.Producer]
			if f.clusterOf[p] == nil || f.clusterOf[p] == f.clusterOf[i] || !f.sameElement(p, i, o) {
				continue
			}
			f.merge(f.clusterOf[p], f.clusterOf[i])
		}
	}
}

// sameElement says that node i reads of the value of node p the element that the loop has just computed: the same
// element, or that of the same row.
func (f *fuser) sameElement(p, i int, o operand) bool {
	kind, _, split := reductionOf(f.nodes[p])
	switch {
	case kind == reduceColumns || kind == reduceAll:
		return false
	case kind == reduceRows:
		return o.isFull(f.clusterOf[i].dims) || o.follows(f.clusterOf[i].dims, split)
	case f.clusterOf[p].perRow[p] && !f.clusterOf[i].perRow[i]:
		return o.follows(f.clusterOf[i].dims, f.clusterOf[p].rowAxes) || o.isFull(f.clusterOf[i].dims)
	}
	return o.isFull(f.clusterOf[i].dims)
}

// merge joins two clusters if they fit and no path leads from one to the other through nodes outside of them.
func (f *fuser) merge(a, b *cluster) {
	union := join(a, b)
	if union == nil || !f.consistent(union) {
		return
	}
	if f.before(b, a) {
		a, b = b, a
	}
	if f.pathOutside(a, b) {
		return
	}
	f.moveTogether(a, b)
	for _, n := range union.nodes {
		f.clusterOf[n] = union
	}
}

// consistent checks every operand that the union takes from itself.
func (f *fuser) consistent(c *cluster) bool {
	inside := make(map[int]bool, len(c.nodes))
	for _, n := range c.nodes {
		inside[n] = true
	}
	for _, n := range c.nodes {
		dims := c.dims
		split := c.rowAxes
		for _, o := range f.operands[n] {
			p := f.index[o.base.Producer]
			if !inside[p] {
				continue
			}
			kind, _, _ := reductionOf(f.nodes[p])
			switch {
			case kind == reduceColumns || kind == reduceAll:
				return false
			case c.perRow[n] && f.isReduction(n): // reads full rows
				if !o.isFull(dims) || c.perRow[p] {
					return false
				}
			case c.perRow[n]:
				if !c.perRow[p] || !o.isFull(f.ownDims(n)) {
					return false
				}
			case c.perRow[p]:
				if !o.follows(dims, split) {
					return false
				}
			default:
				if !o.isFull(dims) {
					return false
				}
			}
		}
	}
	return true
}

func (f *fuser) isReduction(n int) bool {
	kind, _, _ := reductionOf(f.nodes[n])
	return kind != noReduction
}

// ownDims returns the iteration space of a node by itself.
func (f *fuser) ownDims(n int) []int {
	if f.isReduction(n) {
		return f.nodes[n].Inputs[0].Dims()
	}
	return f.nodes[n].Outputs[0].Dims()
}

// mergeSiblings joins loops of the same space that read the same large value.
func (f *fuser) mergeSiblings() {
	readers := map[*ir.Value][]int{}
	var order []*ir.Value
	for i := range f.nodes {
		if f.clusterOf[i] == nil {
			continue
		}
		for _, o := range f.operands[i] {
			if _, constant := o.base.Scalar(); !constant && o.isFull(f.clusterOf[i].dims) &&
				f.clusterOf[f.index[o.base.Producer]] != f.clusterOf[i] {
				if readers[o.base] == nil {
					order = append(order, o.base)
				}
				readers[o.base] = append(readers[o.base], i)
			}
		}
	}
	for _, v := range order {
		list := readers[v]
		for k := 1; k < len(list); k++ {
			if a, b := f.clusterOf[list[k-1]], f.clusterOf[list[k]]; a != b {
				f.merge(a, b)
			}
		}
	}
}
