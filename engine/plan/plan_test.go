package plan

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

func float(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

func param(g *ir.Graph, dims ...int) *ir.Value {
	v := node(g, compute.OpTypeParameter, float(dims...))
	g.Params = append(g.Params, v)
	return v
}

func node(g *ir.Graph, op compute.OpType, shape shapes.Shape, inputs ...*ir.Value) *ir.Value {
	return g.New(ir.Op(op), nil, inputs, shape).Outputs[0]
}

func plain(*ir.Node) Traits { return Traits{} }

// inPlace lets every node take the place of its first operand, and makes reshapes views.
func inPlace(n *ir.Node) Traits {
	if n.Op == ir.Op(compute.OpTypeReshape) {
		return Traits{Alias: []int{0}}
	}
	return Traits{InPlace: [][2]int{{0, 0}}}
}

func TestMemoryIsReused(t *testing.T) {
	g := &ir.Graph{}
	v := param(g, 256)
	for range 10 {
		v = node(g, compute.OpTypeNeg, v.Shape, v)
	}
	g.Outputs = []*ir.Value{v}
	if p := Build(g, plain); p.ArenaBytes != 2*1024 {
		t.Errorf("a chain of ten needs %d bytes, want two values of 1024", p.ArenaBytes)
	}
	if p := Build(g, inPlace); p.ArenaBytes != 1024 {
		t.Errorf("a chain in place needs %d bytes, want one value of 1024", p.ArenaBytes)
	}
}

func TestViewsTakeNoMemory(t *testing.T) {
	g := &ir.Graph{}
	x := param(g, 4, 4)
	y := node(g, compute.OpTypeNeg, x.Shape, x)
	z := node(g, compute.OpTypeReshape, float(16), y)
	g.Outputs = []*ir.Value{node(g, compute.OpTypeExp, float(16), z)}
	p := Build(g, inPlace)
	if p.SlotOf[y] != p.SlotOf[z] || len(p.Steps) != 2 {
		t.Errorf("a reshape has slot %d, its operand %d; %d steps", p.SlotOf[z], p.SlotOf[y], len(p.Steps))
	}
}

func TestDonors(t *testing.T) {
	g := &ir.Graph{}
	x, w, same := param(g, 8), param(g, 100), param(g, 5)
	updated := node(g, compute.OpTypeSub, w.Shape, w, x)
	other := node(g, compute.OpTypeNeg, x.Shape, x)
	last := node(g, compute.OpTypeNeg, x.Shape, other)
	g.Outputs = []*ir.Value{updated, same, last}
	p := Build(g, inPlace)
	if p.Donors[0] != 1 {
		t.Errorf("the updated variable takes the memory of parameter %d, want 1", p.Donors[0])
	}
	if p.Donors[1] != 2 || len(p.Copies) != 1 {
		t.Errorf("a parameter that is returned takes the memory of %d with %d copies, want 2 with 1",
			p.Donors[1], len(p.Copies))
	}
	if p.Donors[2] != 0 {
		t.Errorf("an output takes the memory of parameter %d, want 0, which is dead by then", p.Donors[2])
	}
}

// An operand that the step reads through two inputs, as the same value or as a view, is not overwritten.
func TestOperandsReadTwiceStay(t *testing.T) {
	view := func(g *ir.Graph, v *ir.Value) *ir.Value { return node(g, compute.OpTypeReshape, float(4, 2), v) }
	same := func(_ *ir.Graph, v *ir.Value) *ir.Value { return v }
	for name, again := range map[string]func(*ir.Graph, *ir.Value) *ir.Value{"the same value": same, "a view": view} {
		g := &ir.Graph{}
		w := param(g, 8)
		v := node(g, compute.OpTypeNeg, w.Shape, w)
		sum := node(g, compute.OpTypeAdd, v.Shape, v, again(g, v))
		g.Outputs = []*ir.Value{node(g, compute.OpTypeNeg, sum.Shape, sum)}
		if p := Build(g, inPlace); p.SlotOf[sum] == p.SlotOf[v] {
			t.Errorf("%s: the sum takes the place of its operand", name)
		}
		g = &ir.Graph{}
		w = param(g, 8)
		g.Params, g.Outputs = []*ir.Value{w}, []*ir.Value{node(g, compute.OpTypeAdd, w.Shape, w, again(g, w))}
		if p := Build(g, inPlace); p.Donors[0] >= 0 {
			t.Errorf("%s: the sum takes the memory of the parameter", name)
		}
	}
}

// TestPlansAreSound checks of random graphs that no value is overwritten while it is needed.
func TestPlansAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &ir.Graph{}
		values := []*ir.Value{param(g, 16), param(g, 64)}
		for range rapid.IntRange(1, 30).Draw(t, "nodes") {
			a := rapid.SampledFrom(values).Draw(t, "a")
			b := rapid.SampledFrom(values).Draw(t, "b")
			op := rapid.SampledFrom([]compute.OpType{compute.OpTypeAdd, compute.OpTypeReshape}).Draw(t, "op")
			shape := a.Shape
			if op == compute.OpTypeReshape {
				shape = float(2, a.Size()/2)
			}
			values = append(values, node(g, op, shape, a, b))
		}
		g.Outputs = []*ir.Value{values[len(values)-1], rapid.SampledFrom(values).Draw(t, "output")}
		simulate(t, g, Build(g, inPlace))
	})
}

// simulate writes the identity of each value into its memory and checks it when it is read.
func simulate(t *rapid.T, g *ir.Graph, p *Plan) {
	arena := make([]*ir.Value, p.ArenaBytes+Alignment)
	outside := map[int]*ir.Value{}
	original := func(v *ir.Value) *ir.Value { // the value that a view shows
		for v.Op() == ir.Op(compute.OpTypeReshape) {
			v = v.Producer.Inputs[0]
		}
		return v
	}
	write := func(slot int, v *ir.Value) {
		if s := p.Slots[slot]; s.Storage == Arena {
			for i := range s.Bytes {
				arena[s.Offset+i] = v
			}
			return
		}
		outside[slot] = v
	}
	read := func(slot int, v *ir.Value) {
		got := outside[slot]
		if s := p.Slots[slot]; s.Storage == Arena {
			got = arena[s.Offset]
			if arena[s.Offset+s.Bytes-1] != got {
				t.Fatalf("half of a value is overwritten")
			}
		}
		if got != original(v) {
			t.Fatalf("a value is overwritten before it is read")
		}
	}
	for _, v := range g.Params {
		write(p.SlotOf[v], v)
	}
	for _, step := range p.Steps {
		for i, v := range step.Node.Inputs {
			read(step.In[i], v)
		}
		for i, v := range step.Node.Outputs {
			if readers := slices.DeleteFunc(slices.Clone(step.In), func(s int) bool {
				return s != step.Out[i]
			}); len(readers) > 1 {
				t.Fatalf("a value takes the place of an operand that is read %d times", len(readers))
			}
			write(step.Out[i], v)
		}
	}
	for _, c := range p.Copies {
		outside[c.To] = outside[c.From]
		if s := p.Slots[c.From]; s.Storage == Arena {
			outside[c.To] = arena[s.Offset]
		}
	}
	for i, v := range g.Outputs {
		read(p.Outputs[i], v)
	}
}
