// Package ir is the engine's intermediate representation: a GoMLX computation as a list of nodes in
// topological order. A node produces one or more values of static shape from the values of earlier nodes.
//
// Besides its op and attributes, a node carries a Replay function that declares the same op on another
// compute.Function. It is what lets any op run on GoMLX's Go backend where the engine has no kernel of its own.
//
// Attributes have the meaning of the arguments of the same names in compute.StandardOps and compute.FusedOps.
package ir

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Replay declares a node's op on f, a function of any backend, with the given inputs.
type Replay func(f compute.Function, inputs []compute.Value) ([]compute.Value, error)

// Graph is one function: the main computation, or a closure of While, If or Sort.
type Graph struct {
	Name string

	// Params are the function's arguments in order.
	Params []*Value

	// Captures are, for a closure, the values that it takes from the enclosing function: each entry is the
	// local stand-in. The node that owns the closure lists the enclosing values among its inputs, in this order.
	Captures []*Value

	// Nodes are in topological order. Params, captures and constants are produced by nodes as well.
	Nodes []*Node

	// Outputs are the values returned.
	Outputs []*Value
}

// Node is one operation.
type Node struct {
	Op      Op
	Inputs  []*Value
	Outputs []*Value

	// Attrs holds the op's static arguments: one of the types of this package, or nil.
	Attrs any

	// Replay declares the op elsewhere. It is nil for the ops that only the engine knows.
	Replay Replay

	// Closures are the functions that the op runs.
	Closures []*Graph
}

// Value is one output of a node.
type Value struct {
	Producer *Node
	Index    int
	Shape    shapes.Shape
}

// New adds a node to the end of the graph, with one output for each shape.
func (g *Graph) New(op Op, attrs any, inputs []*Value, outputs ...shapes.Shape) *Node {
	n := &Node{Op: op, Attrs: attrs, Inputs: inputs}
	for i, shape := range outputs {
		n.Outputs = append(n.Outputs, &Value{Producer: n, Index: i, Shape: shape})
	}
	g.Nodes = append(g.Nodes, n)
	return n
}

// Op returns the op that produces v.
func (v *Value) Op() Op { return v.Producer.Op }

// Dims returns the dimensions of v.
func (v *Value) Dims() []int { return v.Shape.Dimensions }

// Size returns the number of elements of v.
func (v *Value) Size() int { return v.Shape.Size() }

// Bytes returns the memory that the elements of v take.
func (v *Value) Bytes() int { return int(v.Shape.ByteSize()) }

// Scalar returns the value of a float32 constant of one element, or broadcast from one.
func (v *Value) Scalar() (x float32, ok bool) {
	for v.Op() == Op(compute.OpTypeBroadcastInDim) || v.Op() == Op(compute.OpTypeReshape) {
		v = v.Producer.Inputs[0]
	}
	if v.Shape.DType != dtypes.Float32 || v.Size() != 1 || v.Op() != Op(compute.OpTypeConstant) {
		return 0, false
	}
	return *(*float32)(unsafe.Pointer(&v.Producer.Attrs.(Constant).Data[0])), true
}

// String lists the graph, a node a line.
func (g *Graph) String() string {
	names := map[*Value]string{}
	name := func(v *Value) string {
		if names[v] == "" {
			names[v] = fmt.Sprintf("%%%d", len(names))
		}
		return names[v]
	}
	list := func(vs []*Value) string {
		var b strings.Builder
		for i, v := range vs {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(name(v))
		}
		return b.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s(%s)\n", g.Name, list(g.Params))
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "  %s = %s(%s)", list(n.Outputs), n.Op, list(n.Inputs))
		for _, v := range n.Outputs {
			fmt.Fprintf(&b, " %s", v.Shape)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  return %s\n", list(g.Outputs))
	return b.String()
}
