package exec

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// lowerGather runs the gathers whose index vector lies along the last axis of the indices and whose slices fill the
// last axes of the result: lookups of rows and of boxes.
func lowerGather(_ *Runtime, n *ir.Node) *kernel {
	g := n.Attrs.(ir.Gather)
	operand, indices, out := n.Inputs[0], n.Inputs[1], n.Outputs[0]
	read := typed[indices.Shape.DType].index
	rank := len(indices.Dims())
	width := 1
	if g.IndexVectorAxis == rank-1 {
		width = indices.Dims()[rank-1]
	}
	if !movable(n) || read == nil || g.IndexVectorAxis < rank-1 || operand.Size() == 0 {
		return nil
	}
	for i, axis := range slices.Backward(g.OffsetOutputAxes) {
		if axis != len(out.Dims())-len(g.OffsetOutputAxes)+i {
			return nil
		}
	}
	strides := rowMajor(operand.Dims())
	box := newStrided(elementSize(out), g.Sizes, rowMajor(g.Sizes), strides, 0, 0)
	slice := 1
	for _, d := range g.Sizes {
		slice *= d
	}
	count := out.Size() / slice
	perItem := max(1, perCopyItem/slice)
	size := elementSize(out)
	return &kernel{run: func(c *call) error {
		c.pool.Run((count+perItem-1)/perItem, func(item, _ int) {
			for i := item * perItem; i < min(count, (item+1)*perItem); i++ {
				at := 0
				for k := range width {
					axis := g.StartIndexMap[k]
					start := read(c.in[1], i*width+k)
					at += min(max(start, 0), operand.Dims()[axis]-g.Sizes[axis]) * strides[axis]
				}
				box.run(nil, c.out[0][i*slice*size:(i+1)*slice*size], c.in[0][at*size:])
			}
		})
		return nil
	}}
}

// lowerScatter combines rows of a tensor with others: the gradient of a lookup. The indices are of the first axis.
func lowerScatter(_ *Runtime, n *ir.Node) *kernel {
	s := n.Attrs.(ir.Scatter)
	operand, indices, updates := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	read, of := typed[indices.Shape.DType].index, typed[n.Outputs[0].Shape.DType].scatter
	rank := len(indices.Dims())
	if of == nil || read == nil || operand.Size() == 0 ||
		s.IndexVectorAxis != rank-1 || indices.Dims()[rank-1] != 1 ||
		!slices.Equal(s.InsertedWindowAxes, []int{0}) || !slices.Equal(s.IndexAxes, []int{0}) {
		return nil
	}
	// The window axes are the last ones of the updates, in order, and cover whole rows.
	for i, axis := range s.UpdateWindowAxes {
		if axis != rank-1+i || updates.Dims()[axis] != operand.Dims()[i+1] {
			return nil
		}
	}
	combine := of(n.Op)
	rows := operand.Dims()[0]
	row := operand.Bytes() / rows
	count := indices.Size()
	return &kernel{
		traits: plan.Traits{InPlace: [][2]int{{0, 0}}},
		run: func(c *call) error {
			dst, source := c.out[0], c.in[2]
			if &dst[0] != &c.in[0][0] {
				copy(dst, c.in[0])
			}
			for i := range count {
				if at := read(c.in[1], i); at >= 0 && at < rows {
					combine(dst[at*row:(at+1)*row], source[i*row:(i+1)*row])
				}
			}
			return nil
		},
	}
}

// scatterFloat32 returns the function that combines a row with an update.
func scatterFloat32(op ir.Op) func(acc, x []byte) {
	kernel := map[compute.OpType]reduce.Op{
		compute.OpTypeScatterSum: reduce.Sum, compute.OpTypeScatterMax: reduce.Max, compute.OpTypeScatterMin: reduce.Min,
	}[compute.OpType(op)]
	return func(acc, x []byte) { addRow(kernel, f32(acc), f32(x)) }
}

func scatterFunc[T number](op ir.Op) func(acc, x []byte) {
	combine := arithmeticRows[T](map[compute.OpType]compute.OpType{
		compute.OpTypeScatterSum: compute.OpTypeAdd, compute.OpTypeScatterMax: compute.OpTypeMax,
		compute.OpTypeScatterMin: compute.OpTypeMin,
	}[compute.OpType(op)])
	return func(acc, x []byte) { combine(view[T](acc), view[T](x)) }
}

// indexOf reads an element.
func indexOf[T integer](b []byte, i int) int {
	return int(view[T](b)[i])
}
