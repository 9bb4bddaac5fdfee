package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// CombineBatchNorm replaces what loops do for a batch norm, a ReLU and their gradients, where it takes several
// instructions, by the instructions that do it at once: OpScaleShift, OpScaleShiftReLU, OpGate, OpGateOfSum,
// OpBatchNormGrad and ReduceCentered. Products are then added without being rounded first.
func CombineBatchNorm(g *ir.Graph) {
	for _, n := range g.Nodes {
		if n.Op != ir.OpLoop || len(n.Attrs.(*ir.Loop).Dims) < 2 {
			continue
		}
		if c := newBatchNormCombiner(n); c.possible() {
			c.run()
		}
	}
}

const (
	opAdd   = ir.Op(compute.OpTypeAdd)
	opSub   = ir.Op(compute.OpTypeSub)
	opMul   = ir.Op(compute.OpTypeMul)
	opWhere = ir.Op(compute.OpTypeWhere)
	opLE    = ir.Op(compute.OpTypeLessOrEqual)
	opConst = ir.Op(compute.OpTypeConstant)
	opSum   = ir.Op(compute.OpTypeReduceSum)
)

// leastVector is the least length of a vector. The kernels go row by row, which does not pay for short ones.
const leastVector = 16

// leastShared is the least number of rows that must have a vector, where they don't all have the same: a kernel is
// called for each vector.
const leastShared = 16

// batchNormCombiner works on one loop. While it does, a combined instruction names the plain load of a vector.
type batchNormCombiner struct {
	node *ir.Node
	loop *ir.Loop
	uses []int // by value
	full []bool
}

func newBatchNormCombiner(n *ir.Node) *batchNormCombiner {
	c := &batchNormCombiner{node: n, loop: n.Attrs.(*ir.Loop)}
	for i := range c.loop.Loads {
		c.full = append(c.full, c.loop.Loads[i].Strides[len(c.loop.Dims)-1] != 0)
	}
	for _, in := range c.loop.Body {
		c.full = append(c.full, !IsReduction(in.Op) && slices.ContainsFunc(in.Args, func(a int) bool { return c.full[a] }))
	}
	return c
}

// possible says that the rows of the loop are the elements along the last axis, or may be made so.
func (c *batchNormCombiner) possible() bool {
	last := len(c.loop.Dims) - 1
	if c.loop.Split != last && (c.loop.Split != 0 || c.loop.Groups != 1) {
		return false
	}
	return slices.ContainsFunc(c.loop.Loads, c.isVectorLoad)
}

// isVectorLoad says that the rows of a load are the same, all of them or those of each sample: batch norm with
// statistics of its own for parts of the batch has vectors that differ from sample to sample.
func (c *batchNormCombiner) isVectorLoad(l ir.Load) bool {
	last := len(c.loop.Dims) - 1
	shared := 1 // rows of a sample
	for i, d := range c.loop.Dims[:last] {
		if i > 0 {
			shared *= d
		}
		if d != 1 && l.Strides[i] != 0 && i > 0 {
			return false
		}
	}
	all := last == 0 || l.Strides[0] == 0 || c.loop.Dims[0] == 1
	return l.DType == dtypes.Float32 && l.Strides[last] == 1 && c.loop.Dims[last] >= leastVector &&
		(all || shared >= leastShared)
}

func (c *batchNormCombiner) run() {
	found := false
	for changed := true; changed; {
		changed = false
		c.countUses()
		for i := range c.loop.Body {
			if in, ok := c.combined(&c.loop.Body[i]); ok {
				c.loop.Body[i] = in
				c.countUses()
				changed, found = true, true
			}
		}
	}
	for i := range c.loop.Results {
		found = c.center(&c.loop.Results[i]) || found
	}
	if found {
		c.loop.Split = len(c.loop.Dims) - 1
		c.finish()
	}
}

// countUses counts the instructions and results that read each value, those left out whose own value nobody reads.
func (c *batchNormCombiner) countUses() {
	first := len(c.loop.Loads)
	c.uses = make([]int, first+len(c.loop.Body))
	for i := range c.loop.Results {
		for _, v := range c.loop.Results[i].Operands() {
			c.uses[*v]++
		}
	}
	for i := len(c.loop.Body) - 1; i >= 0; i-- {
		if c.uses[first+i] > 0 {
			for _, a := range c.loop.Body[i].Args {
				c.uses[a]++
			}
		}
	}
}

// instr returns the instruction that computes a value, nil for a load.
func (c *batchNormCombiner) instr(v int) *ir.Instr {
	if v < len(c.loop.Loads) {
		return nil
	}
	return &c.loop.Body[v-len(c.loop.Loads)]
}

func (c *batchNormCombiner) isVector(v int) bool {
	return v < len(c.loop.Loads) && c.isVectorLoad(c.loop.Loads[v])
}

// isTensor says that a value has an element for every element of the space and is float32.
func (c *batchNormCombiner) isTensor(v int) bool {
	if c.isVector(v) || !c.full[v] {
		return false
	}
	if in := c.instr(v); in != nil {
		return in.DType == dtypes.Float32
	}
	return c.loop.Loads[v].DType == dtypes.Float32
}

// is says that v is computed by op, for one reader only.
func (c *batchNormCombiner) is(v int, op ir.Op) bool {
	in := c.instr(v)
	return in != nil && in.Op == op && c.uses[v] == 1
}

func (c *batchNormCombiner) isZero(v int) bool {
	in := c.instr(v)
	return in != nil && in.Op == opConst && in.Scalar == 0
}

// withVector says that v is op of a tensor and a vector, for one reader only.
func (c *batchNormCombiner) withVector(v int, op ir.Op) (tensor, vector int, ok bool) {
	if !c.is(v, op) {
		return 0, 0, false
	}
	a, b := c.instr(v).Args[0], c.instr(v).Args[1]
	if op != opSub && c.isVector(a) {
		a, b = b, a
	}
	return a, b, c.isTensor(a) && c.isVector(b)
}

// combined returns what an instruction can be replaced by.
func (c *batchNormCombiner) combined(in *ir.Instr) (ir.Instr, bool) {
	become := func(op ir.Op, args ...int) (ir.Instr, bool) {
		return ir.Instr{Op: op, DType: dtypes.Float32, Args: slices.Clone(args)}, true
	}
	switch in.Op {
	case opAdd:
		for i, a := range in.Args {
			b := in.Args[1-i]
			if x, scale, ok := c.withVector(a, opMul); ok && c.isVector(b) {
				return become(ir.OpScaleShift, x, scale, b)
			}
			if c.is(a, ir.OpScaleShift) && len(c.instr(a).Args) == 3 && c.isTensor(b) {
				return become(ir.OpScaleShift, append(slices.Clone(c.instr(a).Args), b)...)
			}
		}
	case ir.OpScaleShift:
		if len(in.Args) == 4 {
			x, mean, ok := c.withVector(in.Args[0], opSub)
			if dy, k1, okMul := c.withVector(in.Args[3], opMul); ok && okMul {
				return become(ir.OpBatchNormGrad, dy, x, mean, k1, in.Args[1], in.Args[2])
			}
		}
	case ir.OpGate:
		if dy := in.Args[0]; c.is(dy, opAdd) && c.isTensor(c.instr(dy).Args[0]) && c.isTensor(c.instr(dy).Args[1]) {
			return become(ir.OpGateOfSum, append(slices.Clone(c.instr(dy).Args), in.Args[1:]...)...)
		}
	case opWhere:
		// where(y <= 0, 0, ...)
		if !c.is(in.Args[0], opLE) || !c.isZero(in.Args[1]) || !c.isZero(c.instr(in.Args[0]).Args[1]) {
			return *in, false
		}
		value := c.instr(in.Args[0]).Args[0]
		y := c.instr(value)
		switch {
		case y == nil || y.Op != ir.OpScaleShift:
		case in.Args[2] == value && c.uses[value] == 2:
			return become(ir.OpScaleShiftReLU, y.Args...)
		case in.Args[2] != value && c.uses[value] == 1 && c.isTensor(in.Args[2]):
			return become(ir.OpGate, append([]int{in.Args[2]}, y.Args...)...)
		}
	}
	return *in, false
}

// center replaces the reduction of a product with x - mean.
func (c *batchNormCombiner) center(r *ir.Result) bool {
	if r.Kind != ir.ReduceColumns || r.Op != opSum || !c.is(r.Value, opMul) {
		return false
	}
	args := c.instr(r.Value).Args
	for i, a := range args {
		if x, mean, ok := c.withVector(a, opSub); ok && c.isTensor(args[1-i]) {
			*r = ir.Result{Kind: ir.ReduceCentered, Op: opSum, Value: args[1-i], X: x, Mean: mean}
			return true
		}
	}
	return false
}
