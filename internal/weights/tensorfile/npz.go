package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// maxArrayHeader bounds the header of an array of NumPy, in bytes; usual ones have 118.
const maxArrayHeader = 1 << 16

// arrayEnding is what the names of arrays in an archive of NumPy end with.
const arrayEnding = ".npy"

// openArrays adds the arrays of an archive of numpy.savez: NAME.npy is an array,
// and slashes in names are dots here.
func openArrays(archive *zip.Reader, file io.ReaderAt, size int64) (*File, error) {
	f := newFile(NumPy)
	for _, member := range archive.File {
		name, is := strings.CutSuffix(member.Name, arrayEnding)
		if !is {
			continue
		}
		name = strings.ReplaceAll(name, "/", ".")
		if f.Groups[""][name] != nil {
			return nil, fmt.Errorf("array %s is there twice", name)
		}
		start, err := stored(member, size, "numpy.savez")
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", name, err)
		}
		t, err := array(file, start, int64(member.UncompressedSize64))
		if errors.Is(err, errNoNumbers) {
			f.Info[name] = "an array that is not of numbers"
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", name, err)
		}
		f.add("", name, t)
	}
	if len(f.Groups) == 0 {
		return nil, errors.New("none of its arrays is of numbers")
	}
	return f, f.bounded(size)
}

// stored is where the bytes of a member of an archive of that size lie, which
// must not be compressed.
func stored(member *zip.File, size int64, by string) (start int64, err error) {
	if member.Method != zip.Store {
		return 0, fmt.Errorf("it is compressed, as %s never does it; save the weights again with %[1]s", by)
	}
	if start, err = member.DataOffset(); err != nil {
		return 0, err
	}
	if member.CompressedSize64 != member.UncompressedSize64 || start > size ||
		member.UncompressedSize64 > uint64(size-start) {
		return 0, fmt.Errorf("its %d bytes do not fit into the %d of the file", member.UncompressedSize64, size)
	}
	return start, nil
}

var errNoNumbers = errors.New("it is not of numbers")

// arrayTypes are those of NumPy, in the order of bytes that is read. V2 is what it makes of bfloat16.
var arrayTypes = map[string]DType{
	"f4": Float32, "f8": Float64, "f2": Float16, "V2": BFloat16, "i8": Int64, "i4": Int32, "i2": Int16, "i1": Int8,
	"u1": UInt8, "b1": Bool,
}

var (
	arrayType   = regexp.MustCompile(`'descr':\s*'([<>|=]?)(\w+)'`)
	arrayOrder  = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	arrayShape  = regexp.MustCompile(`'shape':\s*\(([0-9, ]*)\)`)
	arrayPrefix = []byte("\x93NUMPY")
)

// array reads the header of an array of that many bytes (numpy.lib.format): magic, two numbers of the
// version, the length of a dictionary in Python's form, the dictionary.
func array(file io.ReaderAt, start, size int64) (*Tensor, error) {
	head := make([]byte, min(size, 12))
	if _, err := file.ReadAt(head, start); err != nil {
		return nil, err
	}
	if len(head) < 12 || !bytes.HasPrefix(head, arrayPrefix) {
		return nil, errors.New("it does not begin as an array of NumPy")
	}
	length, after := int64(binary.LittleEndian.Uint16(head[8:])), int64(10)
	if head[6] > 1 {
		length, after = int64(binary.LittleEndian.Uint32(head[8:])), 12
	}
	if length > maxArrayHeader || length > size-after {
		return nil, fmt.Errorf("its header of %d bytes does not fit into its %d", length, size)
	}
	header := make([]byte, length)
	if _, err := file.ReadAt(header, start+after); err != nil {
		return nil, err
	}
	kind, order, dims := arrayType.FindSubmatch(header), arrayOrder.FindSubmatch(header), arrayShape.FindSubmatch(header)
	if kind == nil || order == nil || dims == nil {
		return nil, errNoNumbers // such as records and objects, which are pickles
	}
	dtype, known := arrayTypes[string(kind[2])]
	if !known {
		return nil, errNoNumbers
	}
	if string(kind[1]) == ">" && sizes[dtype] > 1 {
		return nil, errors.New("its bytes are in the order of another kind of machine: big-endian")
	}
	var shape []int
	for text := range strings.SplitSeq(string(dims[1]), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		d, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("its shape (%s) is none: %w", dims[1], err)
		}
		shape = append(shape, d)
	}
	values := (size - after - length) / sizes[dtype]
	var strides []int
	if string(order[1]) == "True" {
		stride := 1
		for _, d := range shape {
			if d > 0 && stride > int(values)/d {
				return nil, fmt.Errorf("the shape %v has more values than the %d that are stored", shape, values)
			}
			strides, stride = append(strides, stride), stride*d
		}
	}
	return newTensor(file, start+after+length, values, dtype, shape, strides, 0)
}

// most is how many times the bytes of a file its tensors may have together: some
// share their values with others, as tied layers do.
const most = 8

// bounded is an error if the tensors have far more bytes than a file of that size.
func (f *File) bounded(size int64) error {
	total := int64(0)
	for group, tensors := range f.Groups {
		for name, t := range tensors {
			if total += int64(t.Len()) * sizes[t.DType]; total > most*size {
				return fmt.Errorf("its tensors have more than %d times the %d bytes of the file, as %s shows: they lie one "+
					"upon the other", most, size, strings.Trim(group+"/"+name, "/"))
			}
		}
	}
	return nil
}
