package tensorfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Fields of the messages of an ONNX file (github.com/onnx/onnx, onnx.proto) that lead to initializers.
const (
	modelGraph       = 7
	graphInitializer = 5

	tensorDims     = 1
	tensorType     = 2
	tensorFloats   = 4 // packed, which is as raw
	tensorName     = 8
	tensorRaw      = 9
	tensorDoubles  = 10
	tensorLocation = 14 // 1 for in another file
)

// Bounds of an initializer.
const (
	maxAxes        = 16
	maxNameInBytes = 1 << 10
)

// onnxTypes are those of TensorProto.DataType.
var onnxTypes = map[uint64]DType{
	1: Float32, 2: UInt8, 3: Int8, 5: Int16, 6: Int32, 7: Int64, 9: Bool, 10: Float16, 11: Float64, 16: BFloat16,
}

// isONNX says whether a file begins as a model does: with the version of the format, and another of its fields.
func isONNX(head []byte) bool {
	const version = 1 << 3
	if len(head) < 3 || head[0] != version || head[1] == 0 || head[1] > 127 {
		return false
	}
	number, kind := head[2]>>3, head[2]&7
	return number > 1 && number < 16 && (kind == varint || kind == counted)
}

// openONNX adds the initializers of a model's graph, which are its parameters by name.
func openONNX(file io.ReaderAt, size int64) (*File, error) {
	f := newFile(ONNX)
	in, read := &protoReader{file: file, size: size}, 0
	err := in.fields(size, func(model protoField) error {
		if model.number != modelGraph || model.kind != counted {
			return nil
		}
		return in.fields(model.end, func(graph protoField) error {
			if graph.number != graphInitializer || graph.kind != counted {
				return nil
			}
			if read++; read > maxObjects {
				return fmt.Errorf("it has more than %d initializers", maxObjects)
			}
			name, t, err := in.initializer(graph.end)
			switch {
			case err != nil && name != "":
				return fmt.Errorf("initializer %s: %w", name, err)
			case err != nil:
				return err
			case t == nil:
				f.Info[name] = "an initializer whose values are not read"
				return nil
			case f.Groups[""][name] != nil:
				return fmt.Errorf("initializer %s is there twice", name)
			}
			f.add("", name, t)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if len(f.Groups) == 0 {
		return nil, errors.New("it has no initializers, which an ONNX file keeps weights in")
	}
	return f, nil
}

// initializer reads a tensor; nil if its values are of no use as weights, such as texts.
func (in *protoReader) initializer(end int64) (name string, t *Tensor, err error) {
	var shape []int
	var dtype DType
	var values protoField
	known, elsewhere := true, false
	err = in.fields(end, func(f protoField) error {
		switch {
		case f.number == tensorDims:
			shape, err = in.integers(f, shape)
			return err
		case f.number == tensorType:
			dtype = onnxTypes[f.value]
		case f.number == tensorName && f.kind == counted:
			if f.end-f.start > maxNameInBytes {
				return fmt.Errorf("an initializer has a name of %d bytes", f.end-f.start)
			}
			text := make([]byte, f.end-f.start)
			_, err := in.file.ReadAt(text, f.start)
			name = string(text)
			return err
		case f.number == tensorLocation:
			elsewhere = f.value == 1
		case f.kind == counted && (f.number == tensorRaw || f.number == tensorFloats || f.number == tensorDoubles):
			values = f
		case f.number > tensorType && f.number < 12 && f.number != 3: // values one by one
			known = false
		}
		return nil
	})
	switch {
	case err != nil:
		return name, nil, err
	case elsewhere:
		return name, nil, errors.New("its values lie in another file; save the model as one, in Python: " +
			"onnx.save(onnx.load('FILE'), 'weights.onnx')")
	case !known || dtype == "":
		return name, nil, nil
	}
	typed := values.number == tensorRaw || values.number == tensorFloats && dtype == Float32 ||
		values.number == tensorDoubles && dtype == Float64 || values.start == values.end
	bytes := values.end - values.start
	if !typed || bytes%sizes[dtype] != 0 {
		return name, nil, fmt.Errorf("its %d bytes are none of %s", bytes, dtype)
	}
	if t, err = newTensor(in.file, values.start, bytes/sizes[dtype], dtype, shape, nil, 0); err != nil {
		return name, nil, err
	}
	if int64(t.Len())*sizes[dtype] != bytes {
		return name, nil, fmt.Errorf("the shape %v of %s takes %d bytes, and it has %d", shape, dtype,
			int64(t.Len())*sizes[dtype], bytes)
	}
	return name, t, nil
}

// integers adds those of a field, which are packed or one.
func (in *protoReader) integers(f protoField, to []int) ([]int, error) {
	if f.kind == varint {
		to = append(to, int(f.value))
	}
	for in.next < f.end && len(to) <= maxAxes {
		value, err := binary.ReadUvarint(in)
		if err != nil {
			return to, err
		}
		to = append(to, int(value))
	}
	if len(to) > maxAxes {
		return to, fmt.Errorf("an initializer has more than %d axes", maxAxes)
	}
	return to, nil
}
