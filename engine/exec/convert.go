package exec

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// lowerConvert converts between numbers and truth values, other than float16.
func lowerConvert(_ *Runtime, n *ir.Node) *kernel {
	from, to := n.Inputs[0].Shape.DType, n.Outputs[0].Shape.DType
	if of := typed[from].convert; of == nil || of(to) == nil {
		return nil
	}
	return &kernel{run: func(c *call) error {
		convertAll(c.pool, c.out[0], c.in[0], to, from)
		return nil
	}}
}

// convertAll converts elements between types for which convertFrom has a conversion.
func convertAll(p *pool.Pool, dst, src []byte, to, from dtypes.DType) {
	run := typed[from].convert(to)
	in, out := from.Size(), to.Size()
	n := len(dst) / out
	p.Run((n+perCopyItem-1)/perCopyItem, func(item, _ int) {
		from, to := item*perCopyItem, min((item+1)*perCopyItem, n)
		run(dst[from*out:to*out], src[from*in:to*in])
	})
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
	case dtypes.BFloat16:
		return func(dst, src []byte) {
			d := view[bfloat16.BFloat16](dst)
			for i, x := range view[S](src)[:len(d)] {
				d[i] = bfloat16.FromFloat32(float32(x))
			}
		}
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

// convertFromBFloat16 returns the conversion to a type, or nil if there is none.
func convertFromBFloat16(to dtypes.DType) func(dst, src []byte) {
	if to != dtypes.Float32 {
		return nil
	}
	return func(dst, src []byte) {
		d := view[float32](dst)
		for i, x := range view[bfloat16.BFloat16](src)[:len(d)] {
			d[i] = x.Float32()
		}
	}
}
