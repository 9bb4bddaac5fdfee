package tensorfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// DType is the type of a tensor's values, by PyTorch's name.
type DType string

// The types that are read.
const (
	Float32  DType = "float32"
	Float64  DType = "float64"
	Float16  DType = "float16"
	BFloat16 DType = "bfloat16"
	Int64    DType = "int64"
	Int32    DType = "int32"
	Int16    DType = "int16"
	Int8     DType = "int8"
	UInt8    DType = "uint8"
	Bool     DType = "bool"
)

// sizes are the bytes of a value.
var sizes = map[DType]int64{
	Float32: 4, Float64: 8, Float16: 2, BFloat16: 2, Int64: 8, Int32: 4, Int16: 2, Int8: 1, UInt8: 1, Bool: 1,
}

// Tensor is an array in a file, which is not read until it is asked for.
type Tensor struct {
	DType DType
	Shape []int

	from    io.ReaderAt
	start   int64 // byte of the first value
	strides []int // in values; nil for row-major
}

// Len is the number of values.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// newTensor makes a tensor of storage that has that many values from byte start
// on, offset of them before the tensor's first. It is an error if values of the
// tensor would lie outside.
func newTensor(
	from io.ReaderAt, start, stored int64, dtype DType, shape, strides []int, offset int64,
) (*Tensor, error) {
	size, known := sizes[dtype]
	if !known {
		return nil, fmt.Errorf("values of type %s are not read", dtype)
	}
	values, last, packed := int64(1), int64(0), true
	for i := len(shape) - 1; i >= 0; i-- {
		d := int64(shape[i])
		if d < 0 || d > 0 && values > stored/d {
			return nil, fmt.Errorf("the shape %v has more values than the %d that are stored", shape, stored)
		}
		if strides != nil {
			stride := int64(strides[i])
			packed = packed && (d <= 1 || stride == values)
			if stride < 0 || d > 1 && stride > stored/(d-1) {
				return nil, fmt.Errorf("a tensor of shape %v and strides %v leads out of the %d values that are stored",
					shape, strides, stored)
			}
			last += max(d-1, 0) * stride
		}
		values *= d
	}
	if strides == nil || packed {
		strides, last = nil, values-1
	}
	if offset < 0 || offset > stored || values > 0 && last >= stored-offset {
		return nil, fmt.Errorf("a tensor of shape %v at %d leads out of the %d values that are stored", shape, offset, stored)
	}
	return &Tensor{DType: dtype, Shape: shape, from: from, start: start + offset*size, strides: strides}, nil
}

// Float32 reads the values, row-major, as float32.
func (t *Tensor) Float32() ([]float32, error) {
	out := make([]float32, t.Len())
	if len(out) == 0 {
		return out, nil
	}
	if t.strides == nil {
		return out, t.read(out, t.start)
	}
	// The last axis in one piece if its values lie side by side, else all that lies between.
	extent := 1
	for i, d := range t.Shape {
		extent += (d - 1) * t.strides[i]
	}
	all := make([]float32, extent)
	if err := t.read(all, t.start); err != nil {
		return nil, err
	}
	index := make([]int, len(t.Shape))
	at := 0
	for k := range out {
		out[k] = all[at]
		for i := len(index) - 1; i >= 0; i-- {
			index[i]++
			at += t.strides[i]
			if index[i] < t.Shape[i] {
				break
			}
			at -= t.strides[i] * t.Shape[i]
			index[i] = 0
		}
	}
	return out, nil
}

// read reads values that lie side by side from a byte on.
func (t *Tensor) read(into []float32, start int64) error {
	size := sizes[t.DType]
	buffer := make([]byte, min(int64(len(into))*size, 1<<20))
	for len(into) > 0 {
		n := min(int64(len(into)), int64(len(buffer))/size)
		part := buffer[:n*size]
		if _, err := t.from.ReadAt(part, start); err != nil {
			if errors.Is(err, io.EOF) {
				return errors.New("the file ends within the values")
			}
			return err
		}
		t.decode(into[:n], part)
		into, start = into[n:], start+n*size
	}
	return nil
}

func (t *Tensor) decode(into []float32, from []byte) {
	little, size := binary.LittleEndian, int(sizes[t.DType])
	for i := range into {
		b := from[i*size:]
		switch t.DType {
		case Float32:
			into[i] = math.Float32frombits(little.Uint32(b))
		case Float64:
			into[i] = float32(math.Float64frombits(little.Uint64(b)))
		case Float16:
			into[i] = float16.FromBits(little.Uint16(b)).Float32()
		case BFloat16:
			into[i] = bfloat16.FromBits(little.Uint16(b)).Float32()
		case Int64:
			into[i] = float32(int64(little.Uint64(b)))
		case Int32:
			into[i] = float32(int32(little.Uint32(b)))
		case Int16:
			into[i] = float32(int16(little.Uint16(b)))
		case Int8:
			into[i] = float32(int8(b[0]))
		case UInt8, Bool:
			into[i] = float32(b[0])
		}
	}
}
