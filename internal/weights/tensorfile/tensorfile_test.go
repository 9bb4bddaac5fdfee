package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// safetensorsOf is a file of a header and values.
func safetensorsOf(header string, values []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return slices.Concat(out, []byte(header), values)
}

// zipOf is an archive of torch.save with that pickle and those storages.
func zipOf(t *testing.T, pickle string, storages map[string]string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name, content string) {
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = member.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("x/data.pkl", pickle)
	for key, content := range storages {
		add("x/data/"+key, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tensorPickle is the pickle of {"w": a tensor of that storage, offset, shape and stride}.
func tensorPickle(values, offset, shape, stride int) string {
	number := func(n int) string { return fmt.Sprintf("I%d\n", n) }
	storage := "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" +
		number(values) + "tQ"
	args := "(" + storage + number(offset) + number(shape) + "\x85" + number(stride) +
		"\x85\x89ccollections\nOrderedDict\n)Rt"
	return "\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n" + args + "Rs."
}

func TestTensorOfAZip(t *testing.T) {
	values := binary.LittleEndian.AppendUint32(nil, math.Float32bits(1))
	for _, x := range []float32{2, 3, 4} {
		values = binary.LittleEndian.AppendUint32(values, math.Float32bits(x))
	}
	f, err := Open(
		written(t, "a.pt", zipOf(t, tensorPickle(4, 1, 2, 2), map[string]string{"0": string(values)}, zip.Store)),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.Groups[""]["w"].Float32()
	if err != nil || !slices.Equal(got, []float32{2, 4}) {
		t.Errorf("got %v, %v; want 2 and 4", got, err)
	}
}

// TestHalvesOfEverySize compares all values of half precision with their definition (IEEE 754, binary16).
func TestHalvesOfEverySize(t *testing.T) {
	var content []byte
	for bits := range 1 << 16 {
		content = binary.LittleEndian.AppendUint16(content, uint16(bits))
	}
	header := fmt.Sprintf(`{"x":{"dtype":"F16","shape":[65536],"data_offsets":[0,%d]}}`, len(content))
	f, err := Open(written(t, "a.safetensors", safetensorsOf(header, content)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	values, err := f.Groups[""]["x"].Float32()
	if err != nil {
		t.Fatal(err)
	}
	for bits, got := range values {
		exponent, mantissa := bits>>10&31, float64(bits&1023)
		want := math.Ldexp(1024+mantissa, exponent-25)
		switch {
		case exponent == 0:
			want = math.Ldexp(mantissa, -24)
		case exponent == 31 && mantissa == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if bits>>15 == 1 {
			want = -want
		}
		if float64(got) != want && !(math.IsNaN(want) && math.IsNaN(float64(got))) {
			t.Fatalf("0x%04x is %g, want %g", bits, got, want)
		}
	}
}

// arraysOf is an archive of NumPy with an array of that header and values under each name.
func arraysOf(t *testing.T, header, values string, method uint16, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = member.Write(slices.Concat([]byte("\x93NUMPY\x01\x00"),
				binary.LittleEndian.AppendUint16(nil, uint16(len(header))), []byte(header+values)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// claiming makes the directory of an archive say that its last member has so many bytes.
func claiming(archive []byte, size uint32) []byte {
	at := bytes.LastIndex(archive, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(archive[at+20:], size) // as it lies in the file, and in full
	binary.LittleEndian.PutUint32(archive[at+24:], size)
	return archive
}

func TestArraysOfNumPy(t *testing.T) {
	values := ""
	for _, x := range []float32{1, 2, 3, 4, 5, 6} {
		values += string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
	}
	for header, want := range map[string][]float32{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n": {1, 2, 3, 4, 5, 6},
		"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }":    {1, 3, 5, 2, 4, 6},
		"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }":     {1},
		"{'descr': '<f4', 'fortran_order': False, 'shape': (), }":       {1},
	} {
		f, err := Open(written(t, "a.npz", arraysOf(t, header, values, zip.Store, "resnet/w.npy")))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Groups[""]["resnet.w"].Float32(); err != nil || !slices.Equal(got, want) || f.Format != NumPy {
			t.Errorf("%s is read as %v, %v; want %v", header, got, err, want)
		}
		f.Close()
	}
}

// manyOf is the pickle of that many tensors of one storage of 1000 values.
func manyOf(n int) string {
	one := tensorPickle(1000, 0, 1000, 1)
	one = one[len("\x80\x02}X\x01\x00\x00\x00w") : len(one)-len("s.")]
	all := "\x80\x02}"
	for i := range n {
		all += fmt.Sprintf("X\x03\x00\x00\x00%03d", i) + one + "s"
	}
	return all + "."
}

func TestHostileFilesAreRefused(t *testing.T) {
	array := "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	one := `"dtype":"F32","shape":[1],"data_offsets":[0,4]`
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"system.pt": {zipOf(t, "cos\nsystem\n(S'touch x'\ntR.", nil, zip.Store), "it calls os.system"},
		"eval.pt":   {zipOf(t, "c__builtin__\neval\n(S'1'\ntR.", nil, zip.Store), "it calls __builtin__.eval"},
		"module.pt": {zipOf(t, "ctorch.nn\nLinear\n)\x81}b.", nil, zip.Store), "whole module"},
		"stride.pt": {
			zipOf(t, tensorPickle(4, 0, 3, 2), map[string]string{"0": strings.Repeat("x", 16)}, zip.Store), "leads out of",
		},
		"huge.pt": {
			zipOf(t, tensorPickle(4, 0, 1<<40, 0), map[string]string{"0": strings.Repeat("x", 16)}, zip.Store),
			"more values than",
		},
		"short.pt": {
			zipOf(t, tensorPickle(400, 0, 3, 1), map[string]string{"0": strings.Repeat("x", 16)}, zip.Store), "has 16 bytes",
		},
		"none.pt": {zipOf(t, tensorPickle(4, 0, 3, 1), nil, zip.Store), "not in the archive"},
		"bomb.pt": {
			zipOf(t, tensorPickle(1<<20, 0, 3, 1), map[string]string{"0": strings.Repeat("x", 4<<20)}, zip.Deflate),
			"it is compressed",
		},
		"length.pt":     {zipOf(t, "\x80\x02\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", nil, zip.Store), "is damaged"},
		"objects.pt":    {zipOf(t, "\x80\x02"+strings.Repeat("]", maxObjects+1)+".", nil, zip.Store), "builds more than"},
		"marks.pt":      {zipOf(t, strings.Repeat("(", maxNesting+1)+".", nil, zip.Store), "builds more than"},
		"itself.pt":     {zipOf(t, "\x80\x02}q\x00X\x01\x00\x00\x00xh\x00s.", nil, zip.Store), "nested without end"},
		"cut.pt":        {zipOf(t, "\x80\x02}", nil, zip.Store), "is cut"},
		"unhashable.pt": {zipOf(t, "ccollections\nOrderedDict\n)R(C\x01aC\x01bu.", nil, zip.Store), "is damaged"},
		"claim.pt": {
			claiming(zipOf(t, tensorPickle(1<<29, 0, 1<<29, 1), map[string]string{"0": "few"}, zip.Store), 1<<31), "do not fit",
		},
		"one for many.pt": {
			zipOf(t, manyOf(100), map[string]string{"0": strings.Repeat("x", 4000)}, zip.Store), "one upon the other",
		},
		"short.npz":      {arraysOf(t, array, "few", zip.Store, "w.npy"), "more values"},
		"compressed.npz": {arraysOf(t, array, strings.Repeat("x", 24), zip.Deflate, "w.npy"), "numpy.savez never"},
		"twice.npz":      {arraysOf(t, array, strings.Repeat("x", 24), zip.Store, "w.npy", "w.npy"), "twice"},
		"huge.npz": {
			arraysOf(t, strings.Replace(array, "2, 3", "4294967296, 4294967296", 1), "few", zip.Store, "w.npy"), "more values",
		},
		"fortran.npz": {arraysOf(t, "{'descr': '<f4', 'fortran_order': True, 'shape': (4294967296, 4294967296), }", "few",
			zip.Store, "w.npy"), "more values"},
		"claim.npz":   {claiming(arraysOf(t, array, "few", zip.Store, "w.npy"), 1<<31), "do not fit"},
		"objects.npz": {arraysOf(t, strings.Replace(array, "<f4", "|O", 1), "cos\nsystem\n(S'x'\ntR.", zip.Store, "w.npy"), "numbers"},
		"big.npz": {
			arraysOf(t, strings.Replace(array, "<f4", ">f4", 1), strings.Repeat("x", 24), zip.Store, "w.npy"), "big-endian",
		},
		"up.npz":        {arraysOf(t, "no header", "", zip.Store, "../../up.npy"), "numbers"},
		"nothing.pt":    {zipOf(t, "\x80\x02}.", nil, zip.Store), "no tensors"},
		"foreign.zip":   {[]byte("PK\x03\x04rest"), "no whole zip archive"},
		"header":        {safetensorsOf(`{"a":{`, nil), "no JSON"},
		"long header":   {append(binary.LittleEndian.AppendUint64(nil, 1<<40), '{'), "does not fit"},
		"overlap":       {safetensorsOf(`{"a":{`+one+`},"b":{`+one+`}}`, make([]byte, 4)), "overlap"},
		"unused bytes":  {safetensorsOf(`{"a":{`+one+`}}`, make([]byte, 8)), "bytes of values"},
		"too few bytes": {safetensorsOf(`{"a":{`+one+`}}`, make([]byte, 3)), "overlap"},
		"huge shape": {safetensorsOf(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`,
			make([]byte, 4)), "more values"},
		"negative shape": {
			safetensorsOf(`{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}`, make([]byte, 4)), "more values",
		},
		"unknown type": {
			safetensorsOf(`{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}`, make([]byte, 4)), "type F8_E4M3",
		},
		"numbers.pkl":     {[]byte("\x80\x02]."), "none that torch.save wrote"},
		"page.html":       {[]byte("<!DOCTYPE html><html>"), "a web page"},
		"pointer":         {[]byte("version https://git-lfs.github.com/spec/v1"), "git lfs pull"},
		"empty":           {nil, "neither safetensors"},
		"archive.tar.gz":  {[]byte("\x1f\x8b\x08rest of it"), "it is compressed"},
		"keras.h5":        {[]byte("\x89HDF\r\n\x1a\n"), "HDF5"},
		"index_of.pickle": {[]byte("\x80\x02X\xff\xff\xff\x7f"), "none that torch.save wrote"},
	} {
		path := written(t, name, test.content)
		f, err := Open(path)
		if err == nil {
			f.Close()
		}
		if !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v\nwant it to say %q", name, err, test.want)
		}
	}
}

func TestPartsLieBesideTheirIndex(t *testing.T) {
	index := `{"weight_map":{"a":"../secret.safetensors"}}`
	_, err := Open(written(t, "model.safetensors.index.json", []byte(index)))
	if err == nil || !strings.Contains(err.Error(), "expected one beside it") {
		t.Errorf("got %v", err)
	}
}

// TestDamagedFilesAreErrors cuts and changes files at every few bytes.
func TestDamagedFilesAreErrors(t *testing.T) {
	whole := map[string][]byte{
		"a.pt": zipOf(t, tensorPickle(4, 0, 2, 2), map[string]string{"0": strings.Repeat("x", 16)}, zip.Store),
		"a.safetensors": safetensorsOf(`{"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}}`,
			[]byte("123456789012")),
		"a.onnx": modelOf(initializerOf("a", 10, []int{2, 3}, proto(tensorRaw, "123456789012"))),
	}
	for name, content := range whole {
		for at := range content {
			for _, damaged := range [][]byte{content[:at], flipped(content, at, 0x80), flipped(content, at, 0x01)} {
				f, err := Open(written(t, name, damaged))
				if err != nil {
					continue
				}
				for _, group := range f.Groups {
					for _, tensor := range group {
						_, _ = tensor.Float32() // an error, or values; no panic
					}
				}
				f.Close()
			}
		}
	}
}

func flipped(content []byte, at int, bits byte) []byte {
	out := slices.Clone(content)
	out[at] ^= bits
	return out
}
