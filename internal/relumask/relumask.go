// Package relumask holds the masks of ReLUs fast, so that gradients of a network in two precisions can be compared.
//
// A gradient is that of the masks, one bit an input of a ReLU. An input within rounding of 0 may fall to the other
// side in another precision or order of summation, and one such bit of the millions in a deep network moves single
// gradients by 1e-2 and more.
//
// The package is imported by tests only.
package relumask

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// Mask is the mask of one ReLU: for each element of its input, flat, whether it is at most 0.
type Mask []bool

// Outputs returns the outputs of the ReLUs (nn.ReLU) of the graph, in the order in which they were built. A gradient
// in the graph would count as well: take them before.
func Outputs(g *graph.Graph) []*graph.Node {
	var outputs []*graph.Node
	for _, n := range g.Nodes() {
		if n.Type() == graph.NodeTypeWhere && n.Inputs()[0].Type() == graph.NodeTypeLessOrEqual {
			outputs = append(outputs, n)
		}
	}
	return outputs
}

// Of returns the masks of ReLUs from their inputs or outputs.
func Of(relus [][]float64) []Mask {
	var masks []Mask
	for _, values := range relus {
		mask := make(Mask, len(values))
		for i, v := range values {
			mask[i] = v <= 0
		}
		masks = append(masks, mask)
	}
	return masks
}

// Inputs is like Outputs for what goes in.
func Inputs(g *graph.Graph) []*graph.Node {
	outputs := Outputs(g)
	for i, n := range outputs {
		outputs[i] = n.Inputs()[2] // of Where: condition, 0, input
	}
	return outputs
}

// Fix returns the backend, where the ReLUs of a graph have these masks whatever their inputs are. LessOrEqual in
// anything but a ReLU is an error.
func Fix(backend compute.Backend, masks []Mask) compute.Backend {
	return fixed{backend, masks}
}

type fixed struct {
	compute.Backend
	masks []Mask
}

func (b fixed) Builder(name string) compute.Builder {
	return builder{b.Backend.Builder(name), b.masks}
}

type builder struct {
	compute.Builder
	masks []Mask
}

func (b builder) Main() compute.Function {
	return &function{Function: b.Builder.Main(), masks: b.masks}
}

// function uses up one mask a comparison.
type function struct {
	compute.Function
	masks []Mask
}

func (f *function) LessOrEqual(input, zero compute.Value) (compute.Value, error) {
	shape, err := f.Shape(input)
	if err != nil {
		return nil, err
	}
	if len(f.masks) == 0 || len(f.masks[0]) != shape.Size() {
		return nil, fmt.Errorf("a comparison of %s, for which there is no mask", shape)
	}
	mask := f.masks[0]
	f.masks = f.masks[1:]
	return f.Constant([]bool(mask), shape.Dimensions...)
}
