// Package checkpoint writes and reads what a training run needs to go on: the
// tensors of its variables and where it stood.
//
// A checkpoint is one file in the safetensors format (8 bytes of header
// length, a JSON header, the raw little-endian values), so that Python reads
// the weights too. It is written beside its final name, synced and renamed: a
// file of that name is always whole.
package checkpoint

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Checkpoint is the state of a run.
type Checkpoint struct {
	// Tensors are the values of the variables by path: bool, float32, float64, or
	// integers of 32 or 64 bits or unsigned ones of 8.
	Tensors map[string]*tensors.Tensor
	// Info is kept as text beside the tensors: the step, the configuration. The
	// key "sha256" is the file's own.
	Info map[string]string
}

// ErrCorrupt says that a file is no checkpoint, or was cut or changed.
var ErrCorrupt = errors.New("not a whole checkpoint")

// dtypeNames are the names that safetensors has for the types we store.
var dtypeNames = map[dtypes.DType]string{
	dtypes.Float32: "F32", dtypes.Float64: "F64", dtypes.Int32: "I32", dtypes.Int64: "I64",
	dtypes.Uint64: "U64", dtypes.Uint32: "U32", dtypes.Uint8: "U8", dtypes.Bool: "BOOL",
}

type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadataKey holds, in the header, what is not a tensor; among it checksumKey
// holds the sha256 of the values.
const (
	metadataKey = "__metadata__"
	checksumKey = "sha256"
)

// Save writes the checkpoint to path: all of it, or nothing. Tensor values are
// read, not changed. A tensor of another type is an error, and so is one that is nil.
func Save(path string, c *Checkpoint) (err error) {
	header, paths, err := layout(c)
	if err != nil {
		return fmt.Errorf("save checkpoint %s: %w", path, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("save checkpoint %s: %w; the previous checkpoint is untouched", path, err)
			temporary.Close()
			os.Remove(temporary.Name())
		}
	}()
	out := bufio.NewWriterSize(temporary, 1<<20)
	if err := binary.Write(out, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := out.Write(header); err != nil {
		return err
	}
	if err := writeValues(out, c, paths); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// layout returns the JSON header, padded to 8 bytes as the format asks, and the order of the tensors.
func layout(c *Checkpoint) (header []byte, paths []string, err error) {
	for path, tensor := range c.Tensors {
		if path == metadataKey || tensor == nil {
			return nil, nil, fmt.Errorf("variable %q: the name must not be %s, and the value not nil", path, metadataKey)
		}
		paths = append(paths, path)
	}
	if _, taken := c.Info[checksumKey]; taken {
		return nil, nil, fmt.Errorf("the key %q of the information is the file's own; use another", checksumKey)
	}
	slices.Sort(paths)
	sum := sha256.New()
	if err := writeValues(sum, c, paths); err != nil {
		return nil, nil, err
	}
	metadata := map[string]string{checksumKey: hex.EncodeToString(sum.Sum(nil))}
	for key, value := range c.Info {
		metadata[key] = value
	}
	fields := map[string]any{metadataKey: metadata}
	offset := 0
	for _, path := range paths {
		shape := c.Tensors[path].Shape()
		name, known := dtypeNames[shape.DType]
		if !known {
			return nil, nil, fmt.Errorf("variable %s has type %s, which checkpoints can't hold", path, shape.DType)
		}
		end := offset + int(shape.ByteSize())
		fields[path] = entry{DType: name, Shape: append([]int{}, shape.Dimensions...), Offsets: [2]int{offset, end}}
		offset = end
	}
	header, err = json.Marshal(fields)
	if err != nil {
		return nil, nil, err
	}
	if rest := len(header) % 8; rest != 0 {
		header = append(header, strings.Repeat(" ", 8-rest)...)
	}
	return header, paths, nil
}

func writeValues(w io.Writer, c *Checkpoint, paths []string) error {
	for _, path := range paths {
		var writeErr error
		err := c.Tensors[path].ConstBytes(func(data []byte) { _, writeErr = w.Write(data) })
		if err := errors.Join(err, writeErr); err != nil {
			return fmt.Errorf("variable %s: %w", path, err)
		}
	}
	return nil
}

// syncFolder makes a rename durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// maxHeader bounds what a corrupt length can make Load allocate.
const maxHeader = 64 << 20

// Load reads the checkpoint at path. The error wraps [ErrCorrupt] if the file
// is not a whole checkpoint.
func Load(path string) (*Checkpoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
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
	sum := sha256.New()
	for _, e := range entries {
		if c.Tensors[e.path], err = readTensor(in, sum, e); err != nil {
			return nil, err
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != c.Info[checksumKey] {
		return nil, fmt.Errorf("%w: the checksum differs", ErrCorrupt)
	}
	delete(c.Info, checksumKey)
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
			return nil, fmt.Errorf("%w: variable %s has type %s, shape %v and bytes %v", ErrCorrupt, path, e.DType, e.Shape, e.Offsets)
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
			return nil, fmt.Errorf("%w: variable %s begins at byte %d of the values, expected %d", ErrCorrupt, e.path, e.Offsets[0], end)
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
