package fuse

// The units of the graph are its loops and the nodes outside of them. They are kept in a line in which every unit comes
// after those whose values it reads, so that a search for a path may stop at the place where the path must end.

// head returns the node that stands for the unit of node n.
func (f *fuser) head(n int) int {
	if c := f.of[n]; c != nil {
		return c.nodes[0]
	}
	return n
}

// before says that a comes before b in the line.
func (f *fuser) before(a, b *cluster) bool { return f.place[a.nodes[0]] < f.place[b.nodes[0]] }

// pathOutside says that a path leads from a to b, which comes later, through a unit that is neither. If it is false, the
// units between them that a leads to are marked as visited.
func (f *fuser) pathOutside(a, b *cluster) bool {
	f.mark++
	start, end := a.nodes[0], b.nodes[0]
	f.visited[start] = f.mark
	stack := append(f.stack[:0], start)
	defer func() { f.stack = stack }()
	for len(stack) > 0 {
		unit := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		nodes := []int{unit}
		if c := f.of[unit]; c != nil {
			nodes = c.nodes
		}
		for _, n := range nodes {
			for _, user := range f.users[n] {
				next := f.head(user)
				if next == end && unit != start {
					return true
				}
				if f.visited[next] != f.mark && f.place[next] < f.place[end] {
					f.visited[next] = f.mark
					stack = append(stack, next)
				}
			}
		}
	}
	return false
}

// moveTogether gives a and b one place, now that pathOutside(a, b) is false: after the units between them that a does not
// lead to, before those that it does.
func (f *fuser) moveTogether(a, b *cluster) {
	from, to := f.place[a.nodes[0]], f.place[b.nodes[0]]
	at := from
	put := func(head int) {
		f.line[at], f.place[head] = head, at
		at++
	}
	var after []int
	for _, head := range f.line[from+1 : to] {
		switch {
		case head == nowhere:
		case f.visited[head] == f.mark:
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
		f.line[at] = nowhere
	}
}

// nowhere is a place in the line that is empty.
const nowhere = -1
