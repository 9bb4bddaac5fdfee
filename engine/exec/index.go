package exec

import (
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// lowerGather runs the gathers whose index vector lies along the last axis of the indices and whose slices fill the
// last axes of the result: lookups of rows and of boxes.
func lowerGather(_ *Runtime, n *ir.Node) *kernel {
	g := n.Attrs.(ir.Gather)
	operand, indices, out := n.Inputs[0], n.Inputs[1], n.Outputs[0]
	read := indexReader(indices.Shape.DType)
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

// lowerScatterSum adds rows to a float32 matrix: the gradient of a lookup.
func lowerScatterSum(_ *Runtime, n *ir.Node) *kernel {
	s := n.Attrs.(ir.Scatter)
	operand, indices, updates := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	read := indexReader(indices.Shape.DType)
	rank := len(indices.Dims())
	if operand.Shape.DType != dtypes.Float32 || updates.Shape.DType != dtypes.Float32 || read == nil || operand.Size() == 0 ||
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
	rows := operand.Dims()[0]
	row := operand.Size() / rows
	count := indices.Size()
	return &kernel{run: func(c *call) error {
		dst, source := f32(c.out[0]), f32(c.in[2])
		copy(dst, f32(c.in[0]))
		for i := range count {
			at := read(c.in[1], i)
			if at < 0 || at >= rows {
				continue
			}
			d := dst[at*row : (at+1)*row]
			vector.Binary(vector.Add, d, d, source[i*row:(i+1)*row])
		}
		return nil
	}}
}

// indexReader returns a function that reads an element of a tensor of whole numbers, or nil for other types.
func indexReader(dtype dtypes.DType) func(b []byte, i int) int {
	switch dtype {
	case dtypes.Int64:
		return indexOf[int64]
	case dtypes.Int32:
		return indexOf[int32]
	case dtypes.Int16:
		return indexOf[int16]
	case dtypes.Int8:
		return indexOf[int8]
	case dtypes.Uint64:
		return indexOf[uint64]
	case dtypes.Uint32:
		return indexOf[uint32]
	case dtypes.Uint16:
		return indexOf[uint16]
	case dtypes.Uint8:
		return indexOf[uint8]
	}
	return nil
}

func indexOf[T int64 | int32 | int16 | int8 | uint64 | uint32 | uint16 | uint8](b []byte, i int) int {
	return int(view[T](b)[i])
}

// lowerArgMinMax finds the extreme element of rows of float32.
func lowerArgMinMax(_ *Runtime, n *ir.Node) *kernel {
	a := n.Attrs.(ir.ArgMinMax)
	dims := n.Inputs[0].Dims()
	if a.Axis != len(dims)-1 || n.Inputs[0].Shape.DType != dtypes.Float32 || n.Outputs[0].Shape.DType != dtypes.Int32 || dims[a.Axis] == 0 {
		return nil
	}
	find := reduce.ArgMax
	if a.Min {
		find = reduce.ArgMin
	}
	return &kernel{run: func(c *call) error {
		find(c.pool, view[int32](c.out[0]), f32(c.in[0]), dims[a.Axis])
		return nil
	}}
}
