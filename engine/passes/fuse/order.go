package fuse

// The units of the graph are its loops and the nodes outside of them. They are kept in topological order, so that a
// search for a path from one to another need not go beyond the position of the other.

// head returns the node that stands for the unit of node n.
func (f *fuser) head(n int) int {
	if c := f.clusterOf[n]; c != nil {
		return c.nodes[0]
	}
	return n
}

// before says that a comes before b in the topological order.
func (f *fuser) before(a, b *cluster) bool { return f.position[a.nodes[0]] < f.position[b.nodes[0]] }

// pathOutside says that a path leads from a to b, which comes later, through a unit that is neither. If it is false,
// the units between them that a leads to are marked as visited.
func (f *fuser) pathOutside(a, b *cluster) bool {
	f.visit++
	start, end := a.nodes[0], b.nodes[0]
	f.visited[start] = f.visit
	stack := append(f.stack[:0], start)
	defer func() { f.stack = stack }()
	for len(stack) > 0 {
		unit := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		nodes := []int{unit}
		if c := f.clusterOf[unit]; c != nil {
			nodes = c.nodes
		}
		for _, n := range nodes {
			for _, user := range f.users[n] {
				next := f.head(user)
				if next == end && unit != start {
					return true
				}
				if f.visited[next] != f.visit && f.position[next] < f.position[end] {
					f.visited[next] = f.visit
					stack = append(stack, next)
				}
			}
		}
	}
	return false
}

// moveTogether moves a and b to one position, after pathOutside(a, b) was false: behind the units between them that do
// not depend on a, and before those that do.
func (f *fuser) moveTogether(a, b *cluster) {
	from, to := f.position[a.nodes[0]], f.position[b.nodes[0]]
	at := from
	put := func(head int) {
		f.order[at], f.position[head] = head, at
		at++
	}
	var after []int
	for _, head := range f.order[from+1 : to] {
		switch {
		case head == vacant:
		case f.visited[head] == f.visit:
			after = append(after, head)
		default:
			put(head)
		}
	}
	put(min(a.nodes[0], b.nodes[0]))
	for _, head := range after {
		put(head)
	}
	for ; at <= to; at++ {
		f.order[at] = vacant
	}
}

// vacant marks a position of the order that no unit has.
const vacant = -1
