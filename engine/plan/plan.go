// Package plan plans the memory of a graph: which value lives where, and from which step to which.
//
// A training step computes thousands of tensors, most of which are read once, soon after. Their shapes are known when
// the graph is compiled, so all memory is planned then, and an execution allocates nothing but its outputs and one
// block, the arena. [Build] works in this order:
//
//  1. Steps. Nodes run one after another, in the order of the graph. Parameters, constants and views (a reshape,
//     whose result is the memory of its operand) are no steps.
//  2. Slots. A value gets a slot: a parameter, a constant, an output of the graph, or a part of the arena. Views
//     share the slot of what they view. An output that is a parameter, a constant or another output is copied at
//     the end.
//  3. Liveness. A slot is live from the first step that writes it to the last step that reads it; an output, to the
//     end. The scratch memory of a step is a slot that lives for that step.
//  4. In place. A result may be written over an operand that is read for the last time, where the kernel allows it
//     ([Traits].InPlace), both have the same size and the step does not read that memory through another operand.
//     The two slots become one.
//  5. Offsets. Slots of the arena get their offsets by first fit: the largest first, each at the lowest offset that
//     no slot occupies which is live at the same time. Two slots that are never live together may overlap.
//  6. Donation. A caller may give its inputs away, as a training loop does with variables and optimizer state. An
//     output is paired with an input of the same size ([Plan].Donors): one that is returned unchanged, one that it
//     may be computed over, or any that is dead when the output is written. So updated weights stay where the old
//     ones were.
//
// The problem of step 5, dynamic storage allocation, is NP-hard; a like heuristic, greedy by size, came close to the
// lower bound in Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference (arXiv:2001.03288).
//
// What has to be stored at all is decided earlier, by fusion and rematerialization: see package passes/fuse.
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

// Slot is the memory of one or more values.
type Slot struct {
	Storage Storage
	Index   int    // number of the parameter or output
	Offset  int    // in the arena, in bytes
	Bytes   int    // size
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

// Plan is the memory plan of a graph.
type Plan struct {
	Slots      []Slot
	Steps      []Step
	Copies     []Copy
	ArenaBytes int

	// Outputs are the slots of the graph's outputs.
	Outputs []int

	// Donors gives for each output the parameter whose memory it takes if that is donated, or -1.
	Donors []int

	// SlotOf maps values to their slots.
	SlotOf map[*ir.Value]int
}

// Build plans g. The function traits describes its nodes.
func Build(g *ir.Graph, traits func(*ir.Node) Traits) *Plan {
	b := &builder{Plan: Plan{SlotOf: make(map[*ir.Value]int)}}
	for i, v := range g.Params {
		b.SlotOf[v] = b.slot(Slot{Storage: Param, Index: i, Bytes: v.Bytes()})
	}
	for _, n := range g.Nodes {
		b.node(n, traits)
	}
	b.outputs(g)
	b.analyzeLiveness()
	b.shareInPlace()
	b.assignOffsets()
	b.findDonors(g)
	return &b.Plan
}

type builder struct {
	Plan
	inPlace  [][][2]int // by step
	firstUse []int      // by slot: the first step that uses it, -1 for parameters and constants
	lastUse  []int      // by slot: the last step that uses it
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
		b.SlotOf[n.Outputs[0]] = b.slot(Slot{Storage: Constant, Bytes: len(data), Data: data})
		return
	}
	t := traits(n)
	views := 0
	for i, v := range n.Outputs {
		if t.Alias != nil && t.Alias[i] >= 0 {
			b.SlotOf[v] = b.SlotOf[n.Inputs[t.Alias[i]]]
			views++
			continue
		}
		b.SlotOf[v] = b.slot(Slot{Bytes: v.Bytes()})
	}
	if views == len(n.Outputs) {
		return
	}
	step := Step{Node: n, Scratch: -1}
	for _, v := range n.Inputs {
		step.In = append(step.In, b.SlotOf[v])
	}
	for _, v := range n.Outputs {
		step.Out = append(step.Out, b.SlotOf[v])
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
		s := b.SlotOf[v]
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

// analyzeLiveness finds the first and the last step that use each slot.
func (b *builder) analyzeLiveness() {
	end := len(b.Steps)
	b.firstUse, b.lastUse = make([]int, len(b.Slots)), make([]int, len(b.Slots))
	for i := range b.Slots {
		b.firstUse[i], b.lastUse[i] = end, -1
		if b.Slots[i].Storage == Param || b.Slots[i].Storage == Constant {
			b.firstUse[i] = -1
		}
	}
	live := func(s, t int) {
		b.firstUse[s], b.lastUse[s] = min(b.firstUse[s], t), max(b.lastUse[s], t)
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
