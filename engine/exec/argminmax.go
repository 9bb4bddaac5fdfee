package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// argFunc finds the extreme elements along the axis in the middle of x, which is [len(best)/suffix, size, suffix]: the
// first of equals, or the last NaN if there is one.
type argFunc func(best []int32, x []byte, size, suffix int)

// lowerArgMinMax finds the extreme elements along one axis.
func lowerArgMinMax(_ *Runtime, n *ir.Node) *kernel {
	a := n.Attrs.(ir.ArgMinMax)
	dims := n.Inputs[0].Dims()
	axis := a.Axis
	if axis < 0 {
		axis += len(dims)
	}
	of, write := typed[n.Inputs[0].Shape.DType].argMinMax, convertFrom[int32](n.Outputs[0].Shape.DType)
	if of == nil || write == nil || n.Inputs[0].Size() == 0 {
		return nil
	}
	find := of(a.Min)
	size, suffix := dims[axis], product(dims[axis+1:])
	prefix := product(dims[:axis])
	row := size * suffix * elementSize(n.Inputs[0])
	out := suffix * elementSize(n.Outputs[0])
	perItem := max(1, perCopyItem/(size*suffix))
	return &kernel{run: func(c *call) error {
		c.pool.Run((prefix+perItem-1)/perItem, func(item, _ int) {
			from, to := item*perItem, min((item+1)*perItem, prefix)
			best := make([]int32, (to-from)*suffix)
			find(best, c.in[0][from*row:to*row], size, suffix)
			write(c.out[0][from*out:to*out], dtypes.UnsafeByteSliceFromAny(best))
		})
		return nil
	}}
}

func argMinMax[T number](least bool) argFunc {
	advance := func(extreme []T, best []int32, x []T, at int32) {
		for i, v := range x {
			if v > extreme[i] || v != v {
				extreme[i], best[i] = v, at
			}
		}
	}
	if least {
		advance = func(extreme []T, best []int32, x []T, at int32) {
			for i, v := range x {
				if v < extreme[i] || v != v {
					extreme[i], best[i] = v, at
				}
			}
		}
	}
	along := argMax[T]
	if least {
		along = argMin[T]
	}
	return func(best []int32, x []byte, size, suffix int) {
		values := view[T](x)
		if suffix == 1 {
			for i := range best {
				best[i] = along(values[i*size : (i+1)*size])
			}
			return
		}
		extreme := make([]T, suffix)
		for start := 0; start < len(best); start += suffix {
			copy(extreme, values)
			for at := 1; at < size; at++ {
				advance(extreme, best[start:start+suffix], values[at*suffix:(at+1)*suffix], int32(at))
			}
			values = values[size*suffix:]
		}
	}
}

func argMax[T number](x []T) (at int32) {
	best := x[0]
	for i, v := range x {
		if v > best || v != v {
			best, at = v, int32(i)
		}
	}
	return at
}

func argMin[T number](x []T) (at int32) {
	best := x[0]
	for i, v := range x {
		if v < best || v != v {
			best, at = v, int32(i)
		}
	}
	return at
}
