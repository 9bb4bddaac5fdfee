package tensorfile

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Kinds of fields of Protocol Buffers (protobuf.dev/programming-guides/encoding).
const (
	varint  = 0
	fixed64 = 1
	counted = 2 // a length, and bytes
	fixed32 = 5
)

// protoField is a field of a message: a number, or bytes of the file.
type protoField struct {
	number, kind, value uint64
	start, end          int64
}

// protoReader reads messages of Protocol Buffers in a file of that size, without the bytes that are passed over.
type protoReader struct {
	file       io.ReaderAt
	size, next int64
	page       []byte // of the file from a byte on
	from       int64
}

// ReadByte implements [io.ByteReader].
func (in *protoReader) ReadByte() (byte, error) {
	if in.next >= in.size {
		return 0, io.ErrUnexpectedEOF
	}
	if in.next < in.from || in.next >= in.from+int64(len(in.page)) {
		in.page, in.from = make([]byte, min(1<<12, in.size-in.next)), in.next
		if _, err := in.file.ReadAt(in.page, in.from); err != nil {
			return 0, err
		}
	}
	b := in.page[in.next-in.from]
	in.next++
	return b, nil
}

// fields visits those of the message that begins here and ends there. What is visited may read the field's bytes.
func (in *protoReader) fields(end int64, visit func(protoField) error) error {
	for in.next < end {
		tag, err := binary.ReadUvarint(in)
		if err != nil {
			return fmt.Errorf("it is cut, or damaged: %w", err)
		}
		f, length := protoField{number: tag >> 3, kind: tag & 7}, uint64(0)
		switch f.kind {
		case varint:
			f.value, err = binary.ReadUvarint(in)
		case fixed64:
			length = 8
		case counted:
			length, err = binary.ReadUvarint(in)
		case fixed32:
			length = 4
		default:
			return fmt.Errorf("it is damaged: a field of the kind %d, which ONNX has not", f.kind)
		}
		if err != nil {
			return fmt.Errorf("it is cut, or damaged: %w", err)
		}
		if in.next > end || length > uint64(end-in.next) {
			return fmt.Errorf("it is cut, or damaged: a field of %d bytes leads out of its message", length)
		}
		f.start, f.end = in.next, in.next+int64(length)
		if err := visit(f); err != nil {
			return err
		}
		in.next = f.end
	}
	return nil
}
