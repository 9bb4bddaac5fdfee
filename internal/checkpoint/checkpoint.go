// Package checkpoint writes and reads what a training run needs to go on: the
// tensors of its variables and where it stood.
//
// A checkpoint is one file in the safetensors format (8 bytes of header
// length, a JSON header, the raw little-endian values), so that Python reads
// the weights too. It is written beside its final name, synced and renamed: a
// file of that name is always whole. Its checksum covers all of it, the header too.
package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Checkpoint is the state of a run.
type Checkpoint struct {
	// Tensors are the values of the variables by path: bool, float32, float64, or
	// integers of 32 or 64 bits or unsigned ones of 8.
	Tensors map[string]*tensors.Tensor
	// Info is kept as text beside the tensors: the step, the configuration. The
	// keys "sha256" and "format" are the file's own.
	Info map[string]string
}

// ErrCorrupt says that a file is no checkpoint, or was cut or changed.
var ErrCorrupt = errors.New("not a whole checkpoint")

// PartSuffix ends the name of a file that Save has not finished. One that lies
// where nobody writes is left over from a process that was killed.
const PartSuffix = ".part"

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

// metadataKey holds, in the header, what is not a tensor: the information and
// what seals the file (see seal.go).
const metadataKey = "__metadata__"

// Save writes the checkpoint to path: all of it, or nothing. Tensor values are
// read, not changed. A tensor of another type is an error, and so is one that is nil.
func Save(path string, c *Checkpoint) (err error) {
	header, paths, err := layout(c)
	if err != nil {
		return fmt.Errorf("save checkpoint %s: %w", path, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+PartSuffix)
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("save checkpoint %s: %w", path, err)
			temporary.Close()
			os.Remove(temporary.Name())
		}
	}()
	out := bufio.NewWriterSize(temporary, 1<<20)
	if err := writeHeader(out, header); err != nil {
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
	slices.Sort(paths)
	metadata := map[string]string{checksumKey: unsealed, formatKey: format}
	for key, value := range c.Info {
		if _, taken := metadata[key]; taken {
			return nil, nil, fmt.Errorf("the key %q of the information is the file's own; use another", key)
		}
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
	sum := sha256.New()
	if err := errors.Join(writeHeader(sum, header), writeValues(sum, c, paths)); err != nil {
		return nil, nil, err
	}
	return seal(header, sum), paths, nil
}

func writeHeader(w io.Writer, header []byte) error {
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	_, err := w.Write(header)
	return err
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
