package exec

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// Program is a compiled graph. Concurrent executions are safe: each has a frame of its own.
type Program struct {
	rt      *Runtime
	name    string
	names   []string
	inputs  []shapes.Shape
	outputs []shapes.Shape
	plan    *plan.Plan
	kernels []*kernel // by step

	constants []*content // by slot: nil of other slots
	forget    runtime.Cleanup
	closing   sync.Once

	mu     sync.Mutex
	frames []*frame

	traced bool // an execution was; guarded by the trace
}

// frame is the memory of one execution.
type frame struct {
	arena    []byte // nil between executions
	slots    [][]byte
	contents []*content // of the slots
	in, out  [][]byte   // of the step that runs
	operands []*content // likewise
}

// Compile lowers and plans g, which has gone through the passes.
func Compile(rt *Runtime, g *ir.Graph) (*Program, error) {
	p := &Program{rt: rt, name: g.Name}
	for _, v := range g.Params {
		p.names = append(p.names, v.Producer.Attrs.(ir.Parameter).Name)
		p.inputs = append(p.inputs, v.Shape)
	}
	for _, v := range g.Outputs {
		p.outputs = append(p.outputs, v.Shape)
	}
	kernels := map[*ir.Node]*kernel{}
	var failure error
	p.plan = plan.Build(g, func(n *ir.Node) plan.Traits {
		k, err := lower(rt, n)
		if err != nil {
			failure = err
			return plan.Traits{}
		}
		kernels[n] = k
		return k.traits
	})
	if failure != nil {
		return nil, failure
	}
	for _, step := range p.plan.Steps {
		p.kernels = append(p.kernels, kernels[step.Node])
	}
	rt.arenas.open(p.plan.ArenaBytes)
	p.forget = runtime.AddCleanup(p, rt.arenas.close, p.plan.ArenaBytes) // of one that is never closed
	p.constants = make([]*content, len(p.plan.Slots))
	for s := range p.plan.Slots {
		if p.plan.Slots[s].Storage == plan.Constant {
			p.constants[s] = &content{constant: true}
		}
	}
	return p, nil
}

// Inputs returns the names and shapes of the parameters.
func (p *Program) Inputs() ([]string, []shapes.Shape) { return p.names, p.inputs }

// Outputs returns the shapes of the results.
func (p *Program) Outputs() []shapes.Shape { return p.outputs }

// Close frees the memory kept between executions.
func (p *Program) Close() {
	p.mu.Lock()
	p.frames = nil
	p.mu.Unlock()
	p.closing.Do(func() {
		p.forget.Stop()
		p.rt.arenas.close(p.plan.ArenaBytes)
	})
}

// Run executes the program. Donated inputs are consumed, also when it fails; donate may be nil.
func (p *Program) Run(inputs []*Block, donate []bool) ([]*Block, error) {
	f := p.frame()
	outputs := p.bind(f, inputs, donate)
	err := p.execute(f)
	p.release(f)
	p.consume(inputs, donate, outputs)
	for _, b := range outputs { // a donated input has the identity of the old content up to here
		b.renew()
	}
	if err != nil {
		return nil, err
	}
	return outputs, nil
}

// bind points the frame's slots to the inputs and to new or donated outputs. No output takes an input that is given
// twice: the plan takes inputs for different memory.
func (p *Program) bind(f *frame, inputs []*Block, donate []bool) []*Block {
	given := map[*Block]int{}
	if len(donate) > 0 {
		for _, b := range inputs {
			given[b]++
		}
	}
	outputs := make([]*Block, len(p.outputs))
	for i, s := range p.plan.Outputs {
		if d := p.plan.Donors[i]; d >= 0 && len(donate) > 0 && donate[d] && given[inputs[d]] == 1 {
			outputs[i] = inputs[d]
		} else {
			outputs[i] = p.rt.Heap.Get(p.plan.Slots[s].Bytes)
		}
		f.slots[s] = outputs[i].Bytes
	}
	for s := range p.plan.Slots {
		if slot := &p.plan.Slots[s]; slot.Storage == plan.Param {
			f.slots[s], f.contents[s] = inputs[slot.Index].Bytes, inputs[slot.Index].content
		}
	}
	return outputs
}

// execute runs the steps. A panic of a kernel, on whichever thread, becomes an error.
func (p *Program) execute(f *frame) (err error) {
	record := p.rt.trace.begin(p)
	defer record.end()
	c := call{pool: p.rt.pool}
	t := 0
	defer func() {
		if r := recover(); r != nil {
			n := p.plan.Steps[t].Node
			err = fmt.Errorf("op %s with operands %v panicked: %v", n.Op, operandShapes(n), r)
		}
	}()
	for t = range p.plan.Steps {
		if p.rt.closed.Load() {
			return fmt.Errorf("execution of %q stopped: the engine was finalized", p.name)
		}
		step := &p.plan.Steps[t]
		c.in, c.out, c.contents = f.in[:0], f.out[:0], f.operands[:0]
		for _, s := range step.In {
			c.in, c.contents = append(c.in, f.slots[s]), append(c.contents, f.contents[s])
		}
		for _, s := range step.Out {
			c.out = append(c.out, f.slots[s])
		}
		c.scratch = nil
		if step.Scratch >= 0 {
			c.scratch = f.slots[step.Scratch]
		}
		if err := p.kernels[t].run(&c); err != nil {
			return fmt.Errorf("op %s with operands %v: %w", step.Node.Op, operandShapes(step.Node), err)
		}
		record.step(t)
		f.in, f.out, f.operands = c.in, c.out, c.contents
	}
	for _, cp := range p.plan.Copies {
		copy(f.slots[cp.To], f.slots[cp.From])
	}
	return nil
}

// consume returns the memory of donated inputs that no output took.
func (p *Program) consume(inputs []*Block, donate []bool, outputs []*Block) {
	if len(donate) == 0 {
		return
	}
	kept := make(map[*Block]bool, len(outputs))
	for _, b := range outputs {
		kept[b] = true
	}
	for i, b := range inputs {
		if donate[i] && !kept[b] {
			kept[b] = true
			p.rt.Heap.Put(b)
		}
	}
}

// frame returns a free frame, or a new one, with an arena.
func (p *Program) frame() *frame {
	f := p.freeFrame()
	f.arena = p.rt.arenas.get(p.plan.ArenaBytes)
	for s := range p.plan.Slots {
		if slot := &p.plan.Slots[s]; slot.Storage == plan.Arena {
			f.slots[s] = f.arena[slot.Offset : slot.Offset+slot.Bytes : slot.Offset+slot.Bytes]
		}
	}
	return f
}

func (p *Program) freeFrame() *frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.frames); n > 0 {
		f := p.frames[n-1]
		p.frames = p.frames[:n-1]
		return f
	}
	f := &frame{slots: make([][]byte, len(p.plan.Slots)), contents: slices.Clone(p.constants)}
	for s := range p.plan.Slots {
		if slot := &p.plan.Slots[s]; slot.Storage == plan.Constant {
			f.slots[s] = slot.Data
		}
	}
	return f
}

func (p *Program) release(f *frame) {
	for s := range p.plan.Slots {
		switch p.plan.Slots[s].Storage {
		case plan.Param, plan.Output:
			f.slots[s], f.contents[s] = nil, nil
		case plan.Arena:
			f.slots[s] = nil
		}
	}
	clear(f.in[:cap(f.in)])
	clear(f.out[:cap(f.out)])
	clear(f.operands[:cap(f.operands)])
	p.rt.arenas.put(f.arena)
	f.arena = nil
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames = append(p.frames, f)
}
