package exec

import (
	"github.com/kontrast-ml/kontrast/engine/ir"
)

// The ops of this file move elements without computing; they work for every type whose elements are whole bytes.

func movable(n *ir.Node) bool {
	return !n.Outputs[0].Shape.DType.IsPacked()
}

func elementSize(v *ir.Value) int { return v.Shape.DType.Size() }

// moveKernel returns a kernel that copies all of its first operand, read with the given strides, to the result.
func moveKernel(n *ir.Node, src []int, start int) *kernel {
	out := n.Outputs[0]
	s := newStrided(elementSize(out), out.Dims(), rowMajor(out.Dims()), src, 0, start)
	return &kernel{run: func(c *call) error {
		s.run(c.pool, c.out[0], c.in[0])
		return nil
	}}
}

func lowerTranspose(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	from := rowMajor(n.Inputs[0].Dims())
	src := make([]int, len(from))
	for i, axis := range n.Attrs.(ir.Transpose).Permutation {
		src[i] = from[axis]
	}
	return moveKernel(n, src, 0)
}

func lowerSlice(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	s := n.Attrs.(ir.Slice)
	src := rowMajor(n.Inputs[0].Dims())
	start := 0
	for i := range src {
		start += s.Starts[i] * src[i]
		src[i] *= s.Strides[i]
	}
	return moveKernel(n, src, start)
}

func lowerReverse(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	dims := n.Inputs[0].Dims()
	src := rowMajor(dims)
	start := 0
	for _, axis := range n.Attrs.(ir.Axes).Axes {
		if axis < 0 {
			axis += len(dims)
		}
		start += (dims[axis] - 1) * src[axis]
		src[axis] = -src[axis]
	}
	return moveKernel(n, src, start)
}

func lowerBroadcast(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	dims := n.Inputs[0].Dims()
	from := rowMajor(dims)
	src := make([]int, len(n.Outputs[0].Dims()))
	for i, axis := range n.Attrs.(ir.Broadcast).Axes {
		if dims[i] != 1 {
			src[axis] = from[i]
		}
	}
	return moveKernel(n, src, 0)
}

func lowerConcatenate(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	out := n.Outputs[0]
	axis := n.Attrs.(ir.Concatenate).Axis
	if axis < 0 {
		axis += len(out.Dims())
	}
	dst := rowMajor(out.Dims())
	var parts []*strided
	var operands []int
	at := 0
	for i, v := range n.Inputs {
		if v.Size() > 0 {
			parts = append(parts, newStrided(elementSize(v), v.Dims(), dst, rowMajor(v.Dims()), at*dst[axis], 0))
			operands = append(operands, i)
		}
		at += v.Dims()[axis]
	}
	return &kernel{run: func(c *call) error {
		for i, part := range parts {
			part.run(c.pool, c.out[0], c.in[operands[i]])
		}
		return nil
	}}
}

func lowerPad(_ *Runtime, n *ir.Node) *kernel {
	if !movable(n) {
		return nil
	}
	pad := n.Attrs.(ir.Pad)
	in, out := n.Inputs[0].Dims(), n.Outputs[0].Dims()
	src, dst := rowMajor(in), rowMajor(out)
	box := make([]int, len(in))
	from, to, empty := 0, 0, false
	for i, axis := range pad.Axes {
		// Element k of the operand goes to start + k·step; negative padding leaves some outside.
		step := axis.Interior + 1
		first := max(0, (-axis.Start+step-1)/step)
		last := min(in[i]-1, floorDiv(out[i]-1-axis.Start, step))
		box[i] = last - first + 1
		empty = empty || box[i] <= 0
		from += first * src[i]
		to += (axis.Start + first*step) * dst[i]
		dst[i] *= step
	}
	size := elementSize(n.Outputs[0])
	inside := newStrided(size, box, dst, src, to, from)
	return &kernel{run: func(c *call) error {
		fill(c.out[0], c.in[1][:size])
		if !empty {
			inside.run(c.pool, c.out[0], c.in[0])
		}
		return nil
	}}
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// fill repeats the element over dst.
func fill(dst, element []byte) {
	n := copy(dst, element)
	for n < len(dst) {
		n += copy(dst[n:], dst[:n])
	}
}
