package fuse

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// operand is what a node of a loop reads, seen through broadcasts, transpositions and reshapes that only add or remove
// axes of size 1.
type operand struct {
	base *ir.Value

	// axes gives for each axis of base the axis of the iteration space that it follows, or -1.
	axes []int
}

// resolve describes the operand v of a node whose iteration space has the given dimensions.
func resolve(v *ir.Value, dims []int) operand {
	o := operand{base: v, axes: make([]int, len(v.Dims()))}
	for i, d := range v.Dims() {
		o.axes[i] = i + len(dims) - len(v.Dims())
		if d == 1 {
			o.axes[i] = -1
		}
	}
	for {
		n := o.base.Producer
		var axes []int
		switch compute.OpType(n.Op) {
		case compute.OpTypeBroadcastInDim:
			axes = axesThroughBroadcast(n, o.axes)
		case compute.OpTypeTranspose:
			axes = make([]int, len(o.axes))
			for i, axis := range n.Attrs.(ir.Transpose).Permutation {
				axes[axis] = o.axes[i]
			}
		case compute.OpTypeReshape:
			axes = axesThroughReshape(n, o.axes)
		}
		if axes == nil {
			return o
		}
		o = operand{base: n.Inputs[0], axes: axes}
	}
}

func axesThroughBroadcast(n *ir.Node, axes []int) []int {
	in := make([]int, len(n.Inputs[0].Dims()))
	for i, axis := range n.Attrs.(ir.Broadcast).Axes {
		in[i] = axes[axis]
		if n.Inputs[0].Dims()[i] == 1 {
			in[i] = -1
		}
	}
	return in
}

// axesThroughReshape matches the axes other than those of size 1, or returns nil if they differ.
func axesThroughReshape(n *ir.Node, axes []int) []int {
	var kept []int
	var outDims []int
	for i, d := range n.Outputs[0].Dims() {
		if d != 1 {
			kept, outDims = append(kept, axes[i]), append(outDims, d)
		}
	}
	in := make([]int, len(n.Inputs[0].Dims()))
	var inDims []int
	for i, d := range n.Inputs[0].Dims() {
		in[i] = -1
		if d != 1 {
			if len(inDims) < len(kept) {
				in[i] = kept[len(inDims)]
			}
			inDims = append(inDims, d)
		}
	}
	if !slices.Equal(inDims, outDims) {
		return nil
	}
	return in
}

// strides returns the distances in base of neighbors along the axes of the iteration space.
func (o operand) strides(rank int) []int {
	strides := make([]int, rank)
	stride := 1
	for i, d := range slices.Backward(o.base.Dims()) {
		if o.axes[i] >= 0 {
			strides[o.axes[i]] += stride
		}
		stride *= d
	}
	return strides
}

// follows says that base has exactly the elements of the first split axes of the space, in order.
func (o operand) follows(dims []int, split int) bool {
	if split > len(dims) {
		return false
	}
	next := 0
	skip := func() {
		for next < split && dims[next] == 1 {
			next++
		}
	}
	for i, axis := range o.axes {
		if axis < 0 {
			if o.base.Dims()[i] != 1 {
				return false
			}
			continue
		}
		skip()
		if axis != next || o.base.Dims()[i] != dims[axis] {
			return false
		}
		next++
	}
	skip()
	return next == split
}

// isFull says that base is the iteration space, element by element.
func (o operand) isFull(dims []int) bool { return o.follows(dims, len(dims)) }
