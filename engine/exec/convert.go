package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

type number interface {
	float32 | float64 | int32 | int64 | uint8 | uint32 | uint64
}

// lowerConvert converts between the common types of numbers.
func lowerConvert(_ *Runtime, n *ir.Node) *kernel {
	var run func(dst, src []byte)
	switch n.Inputs[0].Shape.DType {
	case dtypes.Float32:
		run = convertFrom[float32](n.Outputs[0].Shape.DType)
	case dtypes.Int32:
		run = convertFrom[int32](n.Outputs[0].Shape.DType)
	case dtypes.Int64:
		run = convertFrom[int64](n.Outputs[0].Shape.DType)
	case dtypes.Uint8:
		run = convertFrom[uint8](n.Outputs[0].Shape.DType)
	case dtypes.Uint32:
		run = convertFrom[uint32](n.Outputs[0].Shape.DType)
	case dtypes.Uint64:
		run = convertFrom[uint64](n.Outputs[0].Shape.DType)
	case dtypes.Bool: // stored as 0 or 1
		run = convertFrom[uint8](n.Outputs[0].Shape.DType)
	}
	if run == nil {
		return nil
	}
	in, out := n.Inputs[0].Shape.DType.Size(), n.Outputs[0].Shape.DType.Size()
	items := (n.Outputs[0].Size() + perCopyItem - 1) / perCopyItem
	return &kernel{run: func(c *call) error {
		c.pool.Run(items, func(item, _ int) {
			from, to := item*perCopyItem, min((item+1)*perCopyItem, len(c.out[0])/out)
			run(c.out[0][from*out:to*out], c.in[0][from*in:to*in])
		})
		return nil
	}}
}

func convertFrom[S number](to dtypes.DType) func(dst, src []byte) {
	switch to {
	case dtypes.Float32:
		return convert[float32, S]
	case dtypes.Float64:
		return convert[float64, S]
	case dtypes.Int32:
		return convert[int32, S]
	case dtypes.Int64:
		return convert[int64, S]
	case dtypes.Uint32:
		return convert[uint32, S]
	case dtypes.Uint64:
		return convert[uint64, S]
	}
	return nil
}

func convert[D, S number](dst, src []byte) {
	d := view[D](dst)
	for i, x := range view[S](src)[:len(d)] {
		d[i] = D(x)
	}
}
