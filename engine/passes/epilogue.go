package passes

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// FuseEpilogues is epilogue fusion: it makes one node of a matrix product and of the loop that reads it first (a bias,
// an activation, a residual sum, layer norm). The loop then reads rows of the product as soon as they are computed,
// from the cache. Loops that reduce columns, or everything, are not fused.
func FuseEpilogues(g *ir.Graph) {
	j := epilogueFuser{readers: map[*ir.Value][]int{}, replaced: map[*ir.Value]*ir.Value{}}
	for i, n := range g.Nodes {
		if n.Op == ir.Op(compute.OpTypeReshape) {
			continue
		}
		for _, v := range n.Inputs {
			j.addReader(v, i)
		}
	}
	for _, v := range g.Outputs {
		j.addReader(v, len(g.Nodes))
	}
	gone := map[*ir.Node]bool{}
	for i, n := range g.Nodes {
		load := j.fusibleProduct(i, n)
		if load < 0 {
			continue
		}
		joined, product := j.fuse(n, load)
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
	DeadCode(g) // reshapes of fused products
	g.Sort()    // reshapes that other nodes read
}

type epilogueFuser struct {
	readers  map[*ir.Value][]int // by value: indices of the nodes that read it or a reshape of it, ascending; outputs last
	replaced map[*ir.Value]*ir.Value
}

// throughReshapes returns the value that v is a reshape of, or v.
func throughReshapes(v *ir.Value) *ir.Value {
	for v.Op() == ir.Op(compute.OpTypeReshape) {
		v = v.Producer.Inputs[0]
	}
	return v
}

func (j *epilogueFuser) addReader(v *ir.Value, reader int) {
	v = throughReshapes(v)
	j.readers[v] = append(j.readers[v], reader)
}

// fusibleProduct returns the number of the input of loop n, node i, that is a product which no node before i reads, or
// -1. Of several it is the last.
func (j *epilogueFuser) fusibleProduct(i int, n *ir.Node) int {
	if n.Op != ir.OpLoop {
		return -1
	}
	loop := n.Attrs.(*ir.Loop)
	if slices.ContainsFunc(loop.Results, func(r ir.Result) bool { return r.Kind != ir.Store }) {
		return -1
	}
	for k := len(n.Inputs) - 1; k >= 0; k-- {
		v := throughReshapes(n.Inputs[k])
		once := !slices.ContainsFunc(
			slices.Delete(slices.Clone(n.Inputs), k, k+1), func(o *ir.Value) bool { return throughReshapes(o) == v },
		)
		if once && j.readers[v][0] == i && j.replaced[v] == nil && isMatrixProduct(v) && readsInOrder(loop, k, v.Size()) {
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

// readsInOrder says that the loop reads all of its input k, of so many elements, in the order in which it lies in
// memory.
func readsInOrder(l *ir.Loop, k, size int) bool {
	stride := 1
	for i, d := range slices.Backward(l.Dims) {
		if d != 1 && l.Loads[k].Strides[i] != stride {
			return false
		}
		stride *= d
	}
	return size == stride && !l.Loads[k].Vector
}

// fuse makes one node of a loop and of the product that is its input number load.
func (j *epilogueFuser) fuse(loop *ir.Node, load int) (joined, product *ir.Node) {
	v := throughReshapes(loop.Inputs[load])
	product = v.Producer
	attrs := &ir.DotEpilogue{Product: product, Loop: loop, Load: load, StoresProduct: len(j.readers[v]) > 1}
	inputs := slices.Concat(product.Inputs, loop.Inputs[:load], loop.Inputs[load+1:])
	var outputs []shapes.Shape
	if attrs.StoresProduct {
		outputs = append(outputs, v.Shape)
	}
	for _, o := range loop.Outputs {
		outputs = append(outputs, o.Shape)
	}
	joined = (&ir.Graph{}).New(ir.OpDotEpilogue, attrs, inputs, outputs...)
	results := joined.Outputs
	if attrs.StoresProduct {
		j.replaced[v], results = results[0], results[1:]
	} else {
		j.replaced[v] = v // nobody reads it
	}
	for i, o := range loop.Outputs {
		j.replaced[o] = results[i]
	}
	return joined, product
}

func (j *epilogueFuser) substitute(values []*ir.Value) {
	for i, v := range values {
		if r := j.replaced[v]; r != nil {
			values[i] = r
		}
	}
}
