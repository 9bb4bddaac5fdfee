package fuse

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// random returns a graph of ops on tensors [4, 6]: ops that loops have, sums of rows and columns, and ops that loops
// have not.
func random(r *rand.Rand) sketch.Graph {
	s := sketch.New()
	values := []*ir.Value{s.Param(4, 6), s.Param(4, 6)}
	for range 60 {
		pick := func() *ir.Value { return values[max(0, len(values)-1-r.IntN(12))] }
		var v *ir.Value
		switch r.IntN(10) {
		case 0, 1:
			v = opaque(s, pick())
		case 2:
			v = s.Broadcast(s.Reduce(compute.OpTypeReduceSum, pick(), 1), []int{0}, 4, 6)
		case 3:
			v = s.Broadcast(s.Reduce(compute.OpTypeReduceSum, pick(), 0), []int{1}, 4, 6)
		case 4, 5, 6:
			v = s.Unary(compute.OpTypeTanh, pick())
		default:
			v = s.Add(pick(), pick())
		}
		values = append(values, v)
	}
	s.Outputs = values[len(values)-4:]
	return s
}

// leads says that a path leads from a to b through a unit that is neither, by a search of the whole graph.
func leads(f *fuser, a, b *cluster) bool {
	seen := map[int]bool{}
	var visit func(unit int) bool
	visit = func(unit int) bool {
		nodes := []int{unit}
		if c := f.clusterOf[unit]; c != nil {
			nodes = c.nodes
		}
		for _, n := range nodes {
			for _, user := range f.users[n] {
				next := f.head(user)
				if next == b.nodes[0] && unit != a.nodes[0] {
					return true
				}
				if next != b.nodes[0] && !seen[next] {
					seen[next] = true
					if visit(next) {
						return true
					}
				}
			}
		}
		return false
	}
	return visit(a.nodes[0])
}

// The bounded search finds what a search of the whole graph finds, after every merge.
func TestPathOutside(t *testing.T) {
	paths, merges := 0, 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := newFuser(random(r).Graph)
		for range 200 {
			a, b := f.clusterOf[r.IntN(len(f.nodes))], f.clusterOf[r.IntN(len(f.nodes))]
			if a == nil || b == nil || a == b {
				continue
			}
			if !f.before(a, b) {
				a, b = b, a
			}
			want := leads(f, a, b)
			if got := f.pathOutside(a, b); got != want {
				t.Fatalf("seed %d: path from %v to %v outside of them: %t, want %t", seed, a.nodes, b.nodes, got, want)
			}
			if leads(f, b, a) {
				t.Fatalf("seed %d: a path from %v to %v, which comes earlier", seed, b.nodes, a.nodes)
			}
			if want {
				paths++
			}
			f.merge(a, b)
			if f.clusterOf[a.nodes[0]] != a {
				merges++
			}
		}
	}
	if paths < 300 || merges < 300 {
		t.Errorf("%d paths and %d merges: too few to show anything", paths, merges)
	}
}

// After all merges, every unit comes after those whose values it reads.
func TestLineIsInOrder(t *testing.T) {
	for seed := range uint64(30) {
		f := newFuser(random(rand.New(rand.NewPCG(seed, 2))).Graph)
		f.mergeAlongEdges()
		f.mergeSiblings()
		for n, users := range f.users {
			for _, user := range users {
				if from, to := f.head(n), f.head(user); from != to && f.position[from] >= f.position[to] {
					t.Fatalf("seed %d: node %d at place %d is read by node %d at place %d",
						seed, n, f.position[from], user, f.position[to])
				}
			}
		}
		for place, head := range f.order {
			if head != vacant && (f.position[head] != place || f.head(head) != head) {
				t.Fatalf("seed %d: node %d stands at place %d of the line", seed, head, place)
			}
		}
	}
}
