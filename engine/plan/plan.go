// Package plan decides when each node of a graph runs and where each value lives.
//
// Nodes run one after another in the order of the graph. A value gets a slot: a parameter, a constant, an output, or a
// part of the arena, the one block of memory that an execution needs. Values whose lifetimes do not overlap share
// memory; a value may take the place of an operand that is read for the last time; a reshape takes no memory at all.
package plan

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Storage says what kind of memory a slot is.
type Storage int

// The kinds of memory.
const (
	Arena    Storage = iota // part of the execution's arena, at Offset
	Param                   // the parameter number Index
	Constant                // the data of a constant
	Output                  // the output number Index
)

// Slot is the place of one or more values.
type Slot struct {
	Storage Storage
	Index   int
	Offset  int
	Bytes   int
	Data    []byte // of a constant
}

// Step is one node to execute.
type Step struct {
	Node    *ir.Node
	In, Out []int // slots
	Scratch int   // slot of the scratch memory, or -1
}

// Copy is a value to be copied when all steps are done, for an output that is a parameter, a constant or another
// output.
type Copy struct{ From, To int }

// Traits say how a node may use memory.
type Traits struct {
	// Alias gives for each output the input that it is a view of, or -1. Nil means that none is. A node all of whose
	// outputs are views is not executed.
	Alias []int

	// InPlace lists the pairs of an output and an input whose memory the output may take over if no other input of the
	// node lies there, be it the same value or a view.
	InPlace [][2]int

	// Scratch is the number of bytes needed during execution.
	Scratch int
}

// Plan is the result.
type Plan struct {
	Slots      []Slot
	Steps      []Step
	Copies     []Copy
	ArenaBytes int

	// Outputs are the slots of the graph's outputs.
	Outputs []int

	// Donors gives for each output the parameter whose memory it takes if that is donated, or -1.
	Donors []int

	// Of maps values to slots.
	Of map[*ir.Value]int
}

// Build plans g. The function traits describes its nodes.
func Build(g *ir.Graph, traits func(*ir.Node) Traits) *Plan {
	b := &builder{Plan: Plan{Of: make(map[*ir.Value]int)}}
	for i, v := range g.Params {
		b.Of[v] = b.slot(Slot{Storage: Param, Index: i, Bytes: v.Bytes()})
	}
	for _, n := range g.Nodes {
		b.node(n, traits)
	}
	b.outputs(g)
	b.measure()
	b.shareInPlace()
	b.place()
	b.findDonors(g)
	return &b.Plan
}

type builder struct {
	Plan
	inPlace [][][2]int // by step
	born    []int      // first step of each slot
	dies    []int      // last step of each slot
}

func (b *builder) slot(s Slot) int {
	b.Slots = append(b.Slots, s)
	return len(b.Slots) - 1
}

func (b *builder) node(n *ir.Node, traits func(*ir.Node) Traits) {
	switch n.Op {
	case ir.Op(compute.OpTypeParameter):
		return
	case ir.Op(compute.OpTypeConstant):
		data := n.Attrs.(ir.Constant).Data
		b.Of[n.Outputs[0]] = b.slot(Slot{Storage: Constant, Bytes: len(data), Data: data})
		return
	}
	t := traits(n)
	views := 0
	for i, v := range n.Outputs {
		if t.Alias != nil && t.Alias[i] >= 0 {
			b.Of[v] = b.Of[n.Inputs[t.Alias[i]]]
			views++
			continue
		}
		b.Of[v] = b.slot(Slot{Bytes: v.Bytes()})
	}
	if views == len(n.Outputs) {
		return
	}
	step := Step{Node: n, Scratch: -1}
	for _, v := range n.Inputs {
		step.In = append(step.In, b.Of[v])
	}
	for _, v := range n.Outputs {
		step.Out = append(step.Out, b.Of[v])
	}
	if t.Scratch > 0 {
		step.Scratch = b.slot(Slot{Bytes: t.Scratch})
	}
	b.Steps = append(b.Steps, step)
	b.inPlace = append(b.inPlace, t.InPlace)
}

// outputs turns the slots of the graph's outputs into output slots, or adds copies where they are something else.
func (b *builder) outputs(g *ir.Graph) {
	for i, v := range g.Outputs {
		s := b.Of[v]
		if b.Slots[s].Storage == Arena {
			b.Slots[s].Storage, b.Slots[s].Index = Output, i
		} else {
			to := b.slot(Slot{Storage: Output, Index: i, Bytes: v.Bytes()})
			b.Copies = append(b.Copies, Copy{From: s, To: to})
			s = to
		}
		b.Outputs = append(b.Outputs, s)
	}
}

// measure finds the lifetime of every slot.
func (b *builder) measure() {
	end := len(b.Steps)
	b.born, b.dies = make([]int, len(b.Slots)), make([]int, len(b.Slots))
	for i := range b.Slots {
		b.born[i], b.dies[i] = end, -1
		if b.Slots[i].Storage == Param || b.Slots[i].Storage == Constant {
			b.born[i] = -1
		}
	}
	live := func(s, t int) {
		b.born[s], b.dies[s] = min(b.born[s], t), max(b.dies[s], t)
	}
	for t, step := range b.Steps {
		for _, s := range step.In {
			live(s, t)
		}
		for _, s := range step.Out {
			live(s, t)
		}
		if step.Scratch >= 0 {
			live(step.Scratch, t)
		}
	}
	for _, c := range b.Copies {
		live(c.From, end)
		live(c.To, end)
	}
	for _, s := range b.Outputs {
		live(s, end)
	}
}
