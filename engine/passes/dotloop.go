package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// JoinLoopsToProducts makes one node of a matrix product and the loop that reads it first, so that the loop (a bias, an
// activation, a residual, layer norm) takes rows of the product while they are in the cache. Loops that reduce across rows
// are left alone.
func JoinLoopsToProducts(g *ir.Graph) {
	j := joiner{readers: map[*ir.Value][]int{}, replaced: map[*ir.Value]*ir.Value{}}
	for i, n := range g.Nodes {
		if n.Op == ir.Op(compute.OpTypeReshape) {
			continue
		}
		for _, v := range n.Inputs {
			j.reads(v, i)
		}
	}
	for _, v := range g.Outputs {
		j.reads(v, len(g.Nodes))
	}
	gone := map[*ir.Node]bool{}
	for i, n := range g.Nodes {
		load := j.product(i, n)
		if load < 0 {
			continue
		}
		joined, product := j.join(n, load)
		gone[product] = true
		g.Nodes[i] = joined
	}
	if len(gone) == 0 {
		return
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *ir.Node) bool { return gone[n] })
	for _, n := range g.Nodes {
		j.substitute(n.Inputs)
	}
	j.substitute(g.Outputs)
	DeadCode(g) // reshapes of products that loops have taken
	g.Sort()    // other reshapes of them
}

type joiner struct {
	readers  map[*ir.Value][]int // places of the nodes that read a value or a reshape of it, in order; outputs last
	replaced map[*ir.Value]*ir.Value
}

// memory returns the value of which v is a reshape.
func memory(v *ir.Value) *ir.Value {
	for v.Op() == ir.Op(compute.OpTypeReshape) {
		v = v.Producer.Inputs[0]
	}
	return v
}

func (j *joiner) reads(v *ir.Value, reader int) {
	v = memory(v)
	j.readers[v] = append(j.readers[v], reader)
}

// product returns the last input of a loop, node i, that is a product which nothing else reads before, or -1.
func (j *joiner) product(i int, n *ir.Node) int {
	if n.Op != ir.OpLoop {
		return -1
	}
	loop := n.Attrs.(*ir.Loop)
	if slices.ContainsFunc(loop.Results, func(r ir.Result) bool { return r.Kind != ir.Store }) {
		return -1
	}
	for k := len(n.Inputs) - 1; k >= 0; k-- {
		v := memory(n.Inputs[k])
		once := !slices.ContainsFunc(slices.Delete(slices.Clone(n.Inputs), k, k+1), func(o *ir.Value) bool { return memory(o) == v })
		if once && j.readers[v][0] == i && j.replaced[v] == nil && isMatrixProduct(v) && inOrder(loop, k, v.Size()) {
			return k
		}
	}
	return -1
}

// isMatrixProduct says that v is a product of float32 matrices without batch axes, added up in float32.
func isMatrixProduct(v *ir.Value) bool {
	if v.Op() != ir.Op(compute.OpTypeDotGeneral) || v.Shape.DType != dtypes.Float32 {
		return false
	}
	for _, in := range v.Producer.Inputs {
		if in.Shape.DType != dtypes.Float32 {
			return false
		}
	}
	d := v.Producer.Attrs.(ir.Dot)
	return len(d.LHSBatch) == 0 && (d.Accumulator == dtypes.InvalidDType || d.Accumulator == dtypes.Float32)
}

// inOrder says that the loop reads all of its input k, of so many elements, in the order in which it lies in memory.
func inOrder(l *ir.Loop, k, size int) bool {
	stride := 1
	for i, d := range slices.Backward(l.Dims) {
		if d != 1 && l.Loads[k].Strides[i] != stride {
			return false
		}
		stride *= d
	}
	return size == stride && !l.Loads[k].Vector
}

// join makes the node of a loop and the product that is its input.
func (j *joiner) join(loop *ir.Node, load int) (joined, product *ir.Node) {
	v := memory(loop.Inputs[load])
	product = v.Producer
	attrs := &ir.DotLoop{Product: product, Loop: loop, Load: load, Stored: len(j.readers[v]) > 1}
	inputs := slices.Concat(product.Inputs, loop.Inputs[:load], loop.Inputs[load+1:])
	var outputs []shapes.Shape
	if attrs.Stored {
		outputs = append(outputs, v.Shape)
	}
	for _, o := range loop.Outputs {
		outputs = append(outputs, o.Shape)
	}
	joined = (&ir.Graph{}).New(ir.OpDotLoop, attrs, inputs, outputs...)
	results := joined.Outputs
	if attrs.Stored {
		j.replaced[v], results = results[0], results[1:]
	} else {
		j.replaced[v] = v // nobody reads it
	}
	for i, o := range loop.Outputs {
		j.replaced[o] = results[i]
	}
	return joined, product
}

func (j *joiner) substitute(values []*ir.Value) {
	for i, v := range values {
		if r := j.replaced[v]; r != nil {
			values[i] = r
		}
	}
}
