package tensorfile

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// proto is a field of Protocol Buffers that is a number or bytes.
func proto(number int, value any) []byte {
	switch v := value.(type) {
	case int:
		return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number<<3)), uint64(v))
	case string:
		return append(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number<<3|2)), uint64(len(v))), v...)
	}
	panic("neither a number nor text")
}

// initializerOf is a tensor of ONNX of that type and shape, and further fields.
func initializerOf(name string, kind int, shape []int, more ...[]byte) string {
	var out []byte
	for _, d := range shape {
		out = append(out, proto(tensorDims, d)...)
	}
	out = slices.Concat(out, proto(tensorType, kind), proto(tensorName, name), slices.Concat(more...))
	return string(out)
}

// modelOf is an ONNX model of initializers.
func modelOf(initializers ...string) []byte {
	graph := proto(1, "a node")
	for _, of := range initializers {
		graph = append(graph, proto(graphInitializer, of)...)
	}
	return slices.Concat(proto(1, 8), proto(2, "pytorch"), proto(modelGraph, string(graph)), proto(8, "an opset"))
}

func TestInitializersOfONNX(t *testing.T) {
	values, doubles, halves := "", "", ""
	for _, x := range []float64{1, 2, 3, 4, 5, 6} {
		values += string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(x))))
		doubles += string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
	for _, bits := range []uint16{0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600} {
		halves += string(binary.LittleEndian.AppendUint16(nil, bits))
	}
	packed := initializerOf("packed dims", 1, nil, proto(tensorDims, "\x02\x03"), proto(tensorRaw, values))
	path := written(t, "a.onnx", modelOf(packed,
		initializerOf("raw", 1, []int{2, 3}, proto(tensorRaw, values)),
		initializerOf("floats", 1, []int{2, 3}, proto(tensorFloats, values)),
		initializerOf("doubles", 11, []int{2, 3}, proto(tensorDoubles, doubles)),
		initializerOf("halves", 10, []int{2, 3}, proto(tensorRaw, halves)),
		initializerOf("numbers one by one", 7, []int{1}, proto(7, "\x05")),
		initializerOf("texts", 8, []int{1}, proto(6, "text")),
	))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Format != ONNX || len(f.Groups[""]) != 5 {
		t.Errorf("read as %s with %d tensors, want 5 of ONNX", f.Format, len(f.Groups[""]))
	}
	for name, tensor := range f.Groups[""] {
		got, err := tensor.Float32()
		if err != nil || !slices.Equal(got, []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(tensor.Shape, []int{2, 3}) {
			t.Errorf("%s is read as %v of the shape %v, %v", name, got, tensor.Shape, err)
		}
	}
}

func TestHostileONNXIsRefused(t *testing.T) {
	four := proto(tensorRaw, "1234")
	cut := modelOf(initializerOf("w", 1, []int{1}, four))
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":     {modelOf(), "no initializers"},
		"no graph":    {slices.Concat(proto(1, 8), proto(2, "pytorch")), "no initializers"},
		"cut":         {cut[:len(cut)-16], "cut"},
		"huge length": {slices.Concat(proto(1, 8), []byte("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f")), "leads out"},
		"long number": {slices.Concat(proto(1, 8), []byte("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")), "damaged"},
		"group":       {slices.Concat(proto(1, 8), proto(2, "x"), []byte{0x3b, 0x3c}), "kind 3"},
		"huge shape":  {modelOf(initializerOf("w", 1, []int{1 << 40, 1 << 40}, four)), "more values"},
		"negative":    {modelOf(initializerOf("w", 1, []int{-1, -1}, four)), "more values"},
		"many axes":   {modelOf(initializerOf("w", 1, make([]int, 100), four)), "axes"},
		"few values":  {modelOf(initializerOf("w", 1, []int{2}, four)), "more values"},
		"many values": {modelOf(initializerOf("w", 1, []int{1}, four, proto(tensorRaw, "12345678"))), "takes 4 bytes"},
		"odd bytes":   {modelOf(initializerOf("w", 1, []int{1}, proto(tensorRaw, "12345"))), "none of float32"},
		"other type":  {modelOf(initializerOf("w", 10, []int{2}, proto(tensorFloats, "1234"))), "none of float16"},
		"long name":   {modelOf(initializerOf(strings.Repeat("w", 2000), 1, []int{1}, four)), "a name of 2000 bytes"},
		"twice":       {modelOf(initializerOf("w", 1, []int{1}, four), initializerOf("w", 1, []int{1}, four)), "twice"},
		"elsewhere": {modelOf(initializerOf("w", 1, []int{1}, proto(13, "../../secret"), proto(tensorLocation, 1))),
			"lie in another file"},
	} {
		path := written(t, "a.onnx", test.content)
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
