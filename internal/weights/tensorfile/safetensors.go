package tensorfile

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The format: eight bytes of header length, a JSON header that gives each tensor
// a type, a shape and its bytes among the values, and the values. See
// github.com/huggingface/safetensors, "Format".
const (
	maxHeader   = 64 << 20 // bytes; the format's own bound is 100 MB
	metadataKey = "__metadata__"
	indexSuffix = ".safetensors.index.json"
)

var safetensorsTypes = map[string]DType{
	"F32": Float32, "F64": Float64, "F16": Float16, "BF16": BFloat16, "I64": Int64, "I32": Int32, "I16": Int16,
	"I8": Int8, "U8": UInt8, "BOOL": Bool,
}

type safetensorsEntry struct {
	name    string
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// addSafetensors adds what a file of that many bytes has.
func (f *File) addSafetensors(file io.ReaderAt, size int64) error {
	header, err := safetensorsHeader(file, size)
	if err != nil {
		return err
	}
	start := 8 + int64(len(header))
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return fmt.Errorf("its header is no JSON: %w", err)
	}
	if metadata, found := fields[metadataKey]; found {
		if err := json.Unmarshal(metadata, &f.Info); err != nil {
			return fmt.Errorf("its metadata are no texts: %w", err)
		}
		delete(fields, metadataKey)
	}
	entries := make([]safetensorsEntry, 0, len(fields))
	for name, raw := range fields {
		e := safetensorsEntry{name: name}
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("tensor %s: %w", name, err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b safetensorsEntry) int {
		return cmp.Or(
			cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]), strings.Compare(a.name, b.name),
		)
	})
	end := int64(0)
	for _, e := range entries {
		if e.Offsets[0] != end || e.Offsets[1] < end || e.Offsets[1] > size-start {
			return fmt.Errorf("tensor %s has the bytes %d to %d of %d, expected them from %d on: tensors overlap, or bytes "+
				"belong to none",
				e.name, e.Offsets[0], e.Offsets[1], size-start, end)
		}
		end = e.Offsets[1]
		t, err := e.tensor(file, start)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", e.name, err)
		}
		if f.Groups[""][e.name] != nil {
			return fmt.Errorf("tensor %s is there twice", e.name)
		}
		f.add("", e.name, t)
	}
	if end != size-start {
		return fmt.Errorf("it has %d bytes of values, and the tensors take %d", size-start, end)
	}
	return nil
}

func safetensorsHeader(file io.ReaderAt, size int64) ([]byte, error) {
	var length [8]byte
	if _, err := file.ReadAt(length[:], 0); err != nil {
		return nil, errors.New("it ends before its header")
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("its header of %d bytes does not fit into the %d of the file", n, size)
	}
	header := make([]byte, n)
	if _, err := file.ReadAt(header, 8); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	return header, nil
}

func (e safetensorsEntry) tensor(file io.ReaderAt, start int64) (*Tensor, error) {
	dtype, known := safetensorsTypes[e.DType]
	if !known {
		return nil, fmt.Errorf("values of type %s are not read", e.DType)
	}
	bytes := e.Offsets[1] - e.Offsets[0]
	t, err := newTensor(file, start+e.Offsets[0], bytes/sizes[dtype], dtype, e.Shape, nil, 0)
	if err != nil {
		return nil, err
	}
	if int64(t.Len())*sizes[dtype] != bytes {
		return nil, fmt.Errorf("the shape %v of %s takes %d bytes, and it has %d",
			e.Shape, e.DType, int64(t.Len())*sizes[dtype], bytes)
	}
	return t, nil
}

// openShards opens the files that an index of Hugging Face names. All lie beside it.
func openShards(path string) (_ *File, err error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil || len(index.WeightMap) == 0 {
		return nil, fmt.Errorf("%s %w: it is no index of safetensors: no weight_map in it", path, ErrUnreadable)
	}
	f := newFile(Safetensors)
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	names := map[string]bool{}
	for _, name := range index.WeightMap {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%s %w: it names the file %q, expected one beside it", path, ErrUnreadable, name)
		}
		shard := filepath.Join(filepath.Dir(path), name)
		file, size, err := openRegular(shard)
		if err != nil {
			return nil, fmt.Errorf("%s names a part that can't be opened: %w", path, err)
		}
		f.files, f.Paths = append(f.files, file), append(f.Paths, shard)
		if err := f.addSafetensors(file, size); err != nil {
			return nil, fmt.Errorf("%s %w: %w", shard, ErrUnreadable, err)
		}
	}
	for name := range index.WeightMap {
		if f.Groups[""][name] == nil {
			return nil, fmt.Errorf("%s %w: no part has the tensor %s", path, ErrUnreadable, name)
		}
	}
	return f, nil
}

// readSmall reads a text of a size that a header may have.
func readSmall(path string) ([]byte, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if size > maxHeader {
		return nil, fmt.Errorf("%s %w: %d bytes are too many for an index", path, ErrUnreadable, size)
	}
	return os.ReadFile(path)
}
