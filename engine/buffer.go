package engine

import (
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/exec"
)

// Buffer is a tensor in memory.
type Buffer struct {
	backend *Backend
	shape   shapes.Shape
	block   *exec.Block // nil once finalized or donated
}

var _ compute.Buffer = (*Buffer)(nil)

// Backend returns the engine that owns the buffer.
func (buf *Buffer) Backend() compute.Backend { return buf.backend }

// Shape returns the shape.
func (buf *Buffer) Shape() (shapes.Shape, error) { return buf.shape, nil }

// DeviceNum returns 0.
func (buf *Buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

// Finalize gives the memory back. It does nothing if the buffer was donated or finalized before.
func (buf *Buffer) Finalize() error {
	if buf.block != nil && !buf.backend.IsFinalized() {
		buf.backend.runtime.Heap.Put(buf.block)
	}
	buf.block = nil
	return nil
}

// Data returns the elements, shared with the buffer. They may be written to while no execution reads the buffer.
func (buf *Buffer) Data() (any, error) {
	if buf.block == nil {
		return nil, errors.Errorf("buffer of shape %s was finalized or donated", buf.shape)
	}
	buf.block.Expose()
	return buf.flat(), nil
}

func (buf *Buffer) flat() any {
	if buf.shape.Size() == 0 {
		return dtypes.MakeAnySlice(buf.shape.DType, 0)
	}
	return dtypes.UnsafeAnySliceFromBytes(buf.block.Pointer(), buf.shape.DType, buf.shape.Size())
}

// ToFlatData copies the elements to flat, a slice of the type and size of the shape.
func (buf *Buffer) ToFlatData(flat any) error {
	if buf.block == nil {
		return errors.Errorf("buffer of shape %s was finalized or donated", buf.shape)
	}
	if err := checkFlat(flat, buf.shape); err != nil {
		return err
	}
	copy(dtypes.UnsafeByteSliceFromAny(flat), buf.block.Bytes)
	return nil
}

// CopyToDevice is an error: there is one device.
func (buf *Buffer) CopyToDevice(compute.DeviceNum) (compute.Buffer, error) {
	return nil, errors.Errorf("backend %q has one device", Name)
}

// BufferFromFlatData copies flat into a new buffer.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	if err := checkFlat(flat, shape); err != nil {
		return nil, err
	}
	buf, err := b.newBuffer(device, shape)
	if err != nil {
		return nil, err
	}
	copy(buf.block.Bytes, dtypes.UnsafeByteSliceFromAny(flat))
	return buf, nil
}

// HasSharedBuffers returns true.
func (b *Backend) HasSharedBuffers() bool { return true }

// NewSharedBuffer returns a new buffer of undefined content, and its elements to write to.
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	buf, err := b.newBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	buf.block.Expose()
	return buf, buf.flat(), nil
}

func (b *Backend) newBuffer(device compute.DeviceNum, shape shapes.Shape) (*Buffer, error) {
	if err := b.checkAlive(); err != nil {
		return nil, err
	}
	if device != 0 {
		return nil, errors.Errorf("backend %q has one device, number 0, not %d", Name, device)
	}
	return &Buffer{backend: b, shape: shape, block: b.runtime.Heap.Get(int(shape.ByteSize()))}, nil
}

func checkFlat(flat any, shape shapes.Shape) error {
	t := reflect.TypeOf(flat)
	if t == nil || t.Kind() != reflect.Slice {
		return errors.Errorf("data for shape %s must be a slice, not %T", shape, flat)
	}
	size := shape.Size()
	ok := dtypes.FromGoType(t.Elem()) == shape.DType
	if shape.DType.IsPacked() {
		ok = t.Elem().Kind() == reflect.Uint8
		size = int(shape.ByteSize())
	}
	if !ok {
		return errors.Errorf("data type %T does not match shape %s", flat, shape)
	}
	if n := reflect.ValueOf(flat).Len(); n != size {
		return errors.Errorf("data has %d elements, shape %s needs %d", n, shape, size)
	}
	return nil
}
