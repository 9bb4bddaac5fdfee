package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// lowerConvert converts between numbers and truth values, other than those of half precision.
func lowerConvert(_ *Runtime, n *ir.Node) *kernel {
	of, to := typed[n.Inputs[0].Shape.DType].convert, n.Outputs[0].Shape.DType
	if of == nil {
		return nil
	}
	run := of(to)
	if run == nil {
		return nil
	}
	in, out := n.Inputs[0].Shape.DType.Size(), to.Size()
	items := (n.Outputs[0].Size() + perCopyItem - 1) / perCopyItem
	return &kernel{run: func(c *call) error {
		c.pool.Run(items, func(item, _ int) {
			from, to := item*perCopyItem, min((item+1)*perCopyItem, len(c.out[0])/out)
			run(c.out[0][from*out:to*out], c.in[0][from*in:to*in])
		})
		return nil
	}}
}

// convertFrom returns the conversion to a type, or nil if there is none.
func convertFrom[S number](to dtypes.DType) func(dst, src []byte) {
	switch to {
	case dtypes.Float32:
		return convert[float32, S]
	case dtypes.Float64:
		return convert[float64, S]
	case dtypes.Int8:
		return convert[int8, S]
	case dtypes.Int16:
		return convert[int16, S]
	case dtypes.Int32:
		return convert[int32, S]
	case dtypes.Int64:
		return convert[int64, S]
	case dtypes.Uint8:
		return convert[uint8, S]
	case dtypes.Uint16:
		return convert[uint16, S]
	case dtypes.Uint32:
		return convert[uint32, S]
	case dtypes.Uint64:
		return convert[uint64, S]
	case dtypes.Bool:
		return func(dst, src []byte) {
			d := view[bool](dst)
			for i, x := range view[S](src)[:len(d)] {
				d[i] = x != 0
			}
		}
	}
	return nil
}

func convert[D, S number](dst, src []byte) {
	d := view[D](dst)
	for i, x := range view[S](src)[:len(d)] {
		d[i] = D(x)
	}
}
