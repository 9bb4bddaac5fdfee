package fuse

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// emit puts a loop in the place of each cluster, as late as its last node and as early as its first reader.
func (f *fuser) emit() {
	loops := map[*cluster]*ir.Node{}
	replaced := map[*ir.Value]*ir.Value{}
	for _, c := range f.clusterOf {
		if c == nil || loops[c] != nil {
			continue
		}
		loop, values := f.loop(c)
		loops[c] = loop
		for k, v := range values {
			replaced[f.nodes[v].Outputs[0]] = loop.Outputs[k]
		}
	}
	substitute := func(values []*ir.Value) {
		for i, v := range values {
			if r := replaced[v]; r != nil {
				values[i] = r
			}
		}
	}
	f.g.Nodes = nil
	for i, n := range f.nodes {
		switch c := f.clusterOf[i]; {
		case c == nil:
			f.g.Nodes = append(f.g.Nodes, n)
		case c.nodes[len(c.nodes)-1] == i:
			f.g.Nodes = append(f.g.Nodes, loops[c])
		}
	}
	for _, n := range f.g.Nodes {
		substitute(n.Inputs)
	}
	substitute(f.g.Outputs)
	f.g.Sort()
}

// loop makes the node of a cluster, and lists the nodes whose values it stores.
func (f *fuser) loop(c *cluster) (*ir.Node, []int) {
	e := &emitter{
		f: f, c: c, loads: map[string]int{}, values: map[int]int{},
		loop: &ir.Loop{Dims: c.dims, Split: max(0, c.rowAxes), Groups: 1},
	}
	if c.firstReduced != undecided {
		for _, d := range c.dims[:c.firstReduced] {
			e.loop.Groups *= d
		}
	}
	var stored []int
	var outputs []shapes.Shape
	for _, n := range c.nodes {
		v := f.nodes[n].Outputs[0]
		if !f.required[v] && len(f.readers[n]) == 0 {
			continue
		}
		stored = append(stored, n)
		outputs = append(outputs, v.Shape)
		e.loop.Results = append(e.loop.Results, e.result(n))
	}
	e.renumber()
	return f.g.New(ir.OpLoop, e.loop, e.inputs, outputs...), stored
}

// emitter builds one loop. While it does, load i has the number i and instruction i has -1-i.
type emitter struct {
	f      *fuser
	c      *cluster
	loop   *ir.Loop
	inputs []*ir.Value
	loads  map[string]int // by value and strides
	values map[int]int    // by node
}

func (e *emitter) result(n int) ir.Result {
	node := e.f.nodes[n]
	switch kind, _, _ := reductionOf(node); kind {
	case reduceColumns:
		return ir.Result{Kind: ir.ReduceColumns, Op: node.Op, Value: e.operand(n, 0)}
	case reduceAll:
		return ir.Result{Kind: ir.ReduceAll, Op: node.Op, Value: e.operand(n, 0)}
	}
	return ir.Result{Kind: ir.Store, Value: e.value(n)}
}

// value returns the number of a node's value, computing it if it is new.
func (e *emitter) value(n int) int {
	if id, ok := e.values[n]; ok {
		return id
	}
	node := e.f.nodes[n]
	args := make([]int, len(node.Inputs))
	for i := range args {
		args[i] = e.operand(n, i)
	}
	var id int
	if node.Op == ir.Op(compute.OpTypeClamp) {
		low := e.instr(ir.Op(compute.OpTypeMax), dtypes.Float32, args[1], args[0])
		id = e.instr(ir.Op(compute.OpTypeMin), dtypes.Float32, low, args[2])
	} else {
		id = e.instr(node.Op, node.Outputs[0].Shape.DType, args...)
	}
	e.values[n] = id
	return id
}

func (e *emitter) instr(op ir.Op, dtype dtypes.DType, args ...int) int {
	e.loop.Body = append(e.loop.Body, ir.Instr{Op: op, DType: dtype, Args: args})
	return -len(e.loop.Body)
}

// operand returns the number of operand i of node n: a value of the loop, a constant or a load.
func (e *emitter) operand(n, i int) int {
	o := e.f.operands[n][i]
	p := e.f.index[o.base.Producer]
	if e.f.clusterOf[p] == e.c || e.f.rematerialized[e.c][o.base.Producer] {
		return e.value(p)
	}
	if x, ok := o.base.Scalar(); ok {
		e.loop.Body = append(e.loop.Body, ir.Instr{Op: ir.Op(compute.OpTypeConstant), DType: dtypes.Float32, Scalar: x})
		return -len(e.loop.Body)
	}
	strides := e.strides(n, o)
	key := fmt.Sprintf("%p %v", o.base, strides)
	if id, ok := e.loads[key]; ok {
		return id
	}
	id := len(e.inputs)
	e.loads[key] = id
	e.inputs = append(e.inputs, o.base)
	e.loop.Loads = append(e.loop.Loads, ir.Load{DType: o.base.Shape.DType, Strides: strides})
	return id
}

// strides returns those of an operand over the axes of the loop. The axes of a node of one element a row are the rows
// of the loop, up to axes of size 1.
func (e *emitter) strides(n int, o operand) []int {
	if !e.c.perRow[n] || e.f.isReduction(n) {
		return o.strides(len(e.c.dims))
	}
	own := e.f.ownDims(n)
	from := o.strides(len(own))
	strides := make([]int, len(e.c.dims))
	axis := 0
	for i, d := range own {
		if d == 1 {
			continue
		}
		for e.c.dims[axis] == 1 {
			axis++
		}
		strides[axis] = from[i]
		axis++
	}
	return strides
}

// renumber gives loads and instructions their final numbers.
func (e *emitter) renumber() {
	final := func(id int) int {
		if id < 0 {
			return len(e.loop.Loads) - 1 - id
		}
		return id
	}
	for i := range e.loop.Body {
		args := slices.Clone(e.loop.Body[i].Args)
		for k := range args {
			args[k] = final(args[k])
		}
		e.loop.Body[i].Args = args
	}
	for i := range e.loop.Results {
		e.loop.Results[i].Value = final(e.loop.Results[i].Value)
	}
}
