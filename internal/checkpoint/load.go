package checkpoint

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// maxHeader bounds what a corrupt length can make Load allocate.
const maxHeader = 64 << 20

// Load reads the checkpoint at path. The error wraps [ErrCorrupt] if the file
// is not a whole checkpoint.
func Load(path string) (*Checkpoint, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for somebody to write to it
		return nil, fmt.Errorf("load checkpoint %s: %w: it is no regular file", path, ErrCorrupt)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	defer file.Close()
	c, err := read(bufio.NewReaderSize(file, 1<<20), info.Size())
	if err != nil {
		return nil, fmt.Errorf("load checkpoint %s: %w", path, err)
	}
	return c, nil
}

// read reads a checkpoint of that many bytes.
func read(in io.Reader, size int64) (*Checkpoint, error) {
	var length uint64
	if err := binary.Read(in, binary.LittleEndian, &length); err != nil || length > maxHeader {
		return nil, fmt.Errorf("%w: no header", ErrCorrupt)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, fmt.Errorf("%w: the header is cut", ErrCorrupt)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return nil, fmt.Errorf("%w: the header is no JSON", ErrCorrupt)
	}
	c := &Checkpoint{Tensors: map[string]*tensors.Tensor{}, Info: map[string]string{}}
	if err := json.Unmarshal(fields[metadataKey], &c.Info); err != nil || c.Info == nil {
		return nil, fmt.Errorf("%w: no metadata", ErrCorrupt)
	}
	delete(fields, metadataKey)
	entries, err := entriesInOrder(fields, size-8-int64(length))
	if err != nil {
		return nil, err
	}
	sum, sealed, err := unseal(header, c.Info)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if c.Tensors[e.path], err = readTensor(in, sum, e); err != nil {
			return nil, err
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != sealed {
		return nil, fmt.Errorf("%w: the checksum differs", ErrCorrupt)
	}
	return c, nil
}

type pathEntry struct {
	path  string
	shape shapes.Shape
	entry
}

// entriesInOrder returns the tensors as they follow each other in values of
// that many bytes, all of which belong to one.
func entriesInOrder(fields map[string]json.RawMessage, values int64) ([]pathEntry, error) {
	var entries []pathEntry
	for path, raw := range fields {
		e := pathEntry{path: path}
		if err := json.Unmarshal(raw, &e.entry); err != nil {
			return nil, fmt.Errorf("%w: variable %s: %v", ErrCorrupt, path, err)
		}
		for dtype, name := range dtypeNames {
			if name == e.DType && fits(e.Shape, values) {
				e.shape = shapes.Make(dtype, e.Shape...)
			}
		}
		if !e.shape.Ok() || int(e.shape.ByteSize()) != e.Offsets[1]-e.Offsets[0] {
			return nil, fmt.Errorf("%w: variable %s has type %s, shape %v and bytes %v",
				ErrCorrupt, path, e.DType, e.Shape, e.Offsets)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b pathEntry) int {
		if a.Offsets[0] != b.Offsets[0] {
			return a.Offsets[0] - b.Offsets[0]
		}
		return cmp.Or(a.Offsets[1]-b.Offsets[1], strings.Compare(a.path, b.path))
	})
	end := 0
	for _, e := range entries {
		if e.Offsets[0] != end {
			return nil, fmt.Errorf("%w: variable %s begins at byte %d of the values, expected %d",
				ErrCorrupt, e.path, e.Offsets[0], end)
		}
		end = e.Offsets[1]
	}
	if int64(end) != values {
		return nil, fmt.Errorf("%w: it has %d bytes of values, expected %d", ErrCorrupt, values, end)
	}
	return entries, nil
}

// fits reports whether an array of those dimensions can be in that many bytes.
func fits(dims []int, bytes int64) bool {
	elements := int64(1)
	for _, n := range dims {
		if n < 0 || n > 0 && elements > bytes/int64(n) {
			return false
		}
		elements *= int64(n)
	}
	return true
}

func readTensor(in io.Reader, sum hash.Hash, e pathEntry) (*tensors.Tensor, error) {
	tensor := tensors.FromShape(e.shape)
	var readErr error
	err := tensor.MutableBytes(func(data []byte) {
		_, readErr = io.ReadFull(in, data)
		sum.Write(data)
	})
	if err != nil || readErr != nil {
		return nil, fmt.Errorf("%w: variable %s is cut", ErrCorrupt, e.path)
	}
	return tensor, nil
}
