// Package golden reads the reference numbers that the project's tests compare
// with. They were produced by the official implementations of the papers (and
// by PyTorch, torchvision, Pillow and scikit-learn); testdata/README.md says
// by which, with which formula and to which tolerance.
//
// The package is imported by tests only.
package golden

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"testing"
)

//go:embed testdata/*.json.gz
var files embed.FS

// File is one family of reference cases.
type File struct {
	Source string          // implementation, commit and symbol that made the numbers
	Image  json.RawMessage // aug_ops only: the image that every case transforms
	Merges []string        // tokenizer_small only: the merges of its vocabulary
	Cases  []Case
}

// Case is one set of inputs with the outputs and gradients the reference gave.
type Case struct {
	Name   string
	Inputs map[string]json.RawMessage
	// Params holds plain JSON values: see [Decode].
	Params  map[string]json.RawMessage
	Outputs map[string]json.RawMessage
	// Grads[x] is d loss / d Inputs[x]. An input that is missing here gets no gradient.
	Grads map[string]json.RawMessage
}

// Tensor is a reference tensor, row-major in the reference's own layout.
type Tensor struct {
	Shape []int
	DType string // "" for float32, else "int64" or "float64"
	Data  []float64
}

// Load returns the cases of testdata/<family>.json.gz and fails the test if there are none.
func Load(t testing.TB, family string) *File {
	t.Helper()
	file, err := open(family)
	if err != nil {
		t.Fatal(err)
	}
	enter(family, file)
	return file
}

func open(family string) (*File, error) {
	packed, err := files.ReadFile("testdata/" + family + ".json.gz")
	if err != nil {
		return nil, fmt.Errorf("golden family %q: %w", family, err)
	}
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("golden family %q: %w", family, err)
	}
	file := &File{}
	if err := json.NewDecoder(unzip).Decode(file); err != nil {
		return nil, fmt.Errorf("golden family %q: %w", family, err)
	}
	if len(file.Cases) == 0 {
		return nil, fmt.Errorf("golden family %q has no cases", family)
	}
	return file, nil
}

// Case returns the case of that name and fails the test if there is none.
func (f *File) Case(t testing.TB, name string) *Case {
	t.Helper()
	for i := range f.Cases {
		if f.Cases[i].Name == name {
			return &f.Cases[i]
		}
	}
	t.Fatalf("no golden case %q", name)
	return nil
}

// Decode decodes one raw entry of a case into T: a Tensor, a number, a list or a struct.
func Decode[T any](t testing.TB, from map[string]json.RawMessage, key string) T {
	t.Helper()
	var value T
	raw, found := from[key]
	if !found {
		t.Fatalf("golden entry %q is missing", key)
	}
	note(raw)
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatalf("golden entry %q: %v", key, err)
	}
	return value
}

// Input returns the input tensor of that name.
func (c *Case) Input(t testing.TB, name string) Tensor {
	t.Helper()
	return Decode[Tensor](t, c.Inputs, name)
}

// Output returns the output tensor of that name.
func (c *Case) Output(t testing.TB, name string) Tensor {
	t.Helper()
	return Decode[Tensor](t, c.Outputs, name)
}

// Grad returns the gradient of the loss with respect to the input of that name.
func (c *Case) Grad(t testing.TB, name string) Tensor {
	t.Helper()
	return Decode[Tensor](t, c.Grads, name)
}

// Float32 returns the data as float32.
func (x Tensor) Float32() []float32 {
	out := make([]float32, len(x.Data))
	for i, v := range x.Data {
		out[i] = float32(v)
	}
	return out
}

// Ints returns the data of an integer tensor.
func (x Tensor) Ints() []int {
	out := make([]int, len(x.Data))
	for i, v := range x.Data {
		out[i] = int(v)
	}
	return out
}

// Permute returns the tensor with its axes reordered: axis i of the result is axis axes[i] of x.
// Permute(0, 2, 3, 1) turns NCHW into NHWC, Permute(2, 3, 1, 0) OIHW into HWIO.
func (x Tensor) Permute(axes ...int) Tensor {
	strides := make([]int, len(x.Shape))
	for i, stride := len(x.Shape)-1, 1; i >= 0; i-- {
		strides[i] = stride
		stride *= x.Shape[i]
	}
	out := Tensor{Shape: make([]int, len(axes)), DType: x.DType, Data: make([]float64, len(x.Data))}
	steps := make([]int, len(axes))
	for i, axis := range axes {
		out.Shape[i], steps[i] = x.Shape[axis], strides[axis]
	}
	index, from := make([]int, len(axes)), 0
	for i := range out.Data {
		out.Data[i] = x.Data[from]
		for j := len(index) - 1; j >= 0; j-- {
			from += steps[j]
			if index[j]++; index[j] < out.Shape[j] {
				break
			}
			from -= steps[j] * out.Shape[j]
			index[j] = 0
		}
	}
	return out
}

// Distance is the error measure of the fixtures: max|got-want| / max|want|,
// or max|got| where the reference is zero throughout. It is +Inf if the
// lengths differ or a value is not a number.
func Distance(got []float32, want Tensor) float64 {
	if len(got) != len(want.Data) {
		return math.Inf(1)
	}
	var diff, scale float64
	for i, w := range want.Data {
		d := math.Abs(float64(got[i]) - w)
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		diff, scale = max(diff, d), max(scale, math.Abs(w))
	}
	if scale == 0 {
		return diff
	}
	return diff / scale
}

// Near fails the test if got is further from want than the tolerance (see Distance).
func Near(t testing.TB, what string, got []float32, want Tensor, tolerance float64) {
	t.Helper()
	if len(got) != len(want.Data) {
		t.Errorf("%s: got %d values, want %d", what, len(got), len(want.Data))
		return
	}
	if d := Distance(got, want); !(d <= tolerance) {
		t.Errorf("%s: off by %.3g (tolerance %.3g); got %s, want %s", what, d, tolerance, head(got), head(want.Float32()))
	}
}

// Number fails the test if got is further from want than the tolerance, a share
// of want's size.
func Number(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 1e-12)) {
		t.Errorf("%s is %.12g, want %.12g (tolerance %.3g)", what, got, want, tolerance)
	}
}

// List is a tensor of numbers that a test has worked out itself.
func List(values ...float32) Tensor {
	x := Tensor{Shape: []int{len(values)}, Data: make([]float64, len(values))}
	for i, v := range values {
		x.Data[i] = float64(v)
	}
	return x
}

func head(values []float32) string {
	if len(values) > 6 {
		return fmt.Sprintf("%v…", values[:6])
	}
	return fmt.Sprint(values)
}
