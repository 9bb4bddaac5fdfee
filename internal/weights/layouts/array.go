package layouts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Array is a parameter as PyTorch has it, of one tensor of a file or of several.
type Array struct {
	Shape []int
	From  []string // the tensors, by their names in the network
	Read  func() ([]float32, error)
}

func arrayOf(name string, t *tensorfile.Tensor) Array {
	return Array{Shape: t.Shape, From: []string{name}, Read: func() ([]float32, error) {
		values, err := t.Float32()
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		return values, nil
	}}
}

// transposed exchanges the two axes.
func (a Array) transposed() Array { return a.permuted(1, 0) }

// permuted orders the axes of the result as axes of the array.
func (a Array) permuted(axes ...int) Array {
	from, read := a.Shape, a.Read
	a.Shape = make([]int, len(axes))
	strides := make([]int, len(axes)) // in the array, of each axis of the result
	for i, axis := range axes {
		a.Shape[i], strides[i] = from[axis], 1
		for _, d := range from[axis+1:] {
			strides[i] *= d
		}
	}
	shape := a.Shape
	a.Read = func() ([]float32, error) {
		values, err := read()
		if err != nil {
			return nil, err
		}
		out, index, at := make([]float32, len(values)), make([]int, len(axes)), 0
		for k := range out {
			out[k] = values[at]
			for i := len(index) - 1; i >= 0; i-- {
				index[i]++
				at += strides[i]
				if index[i] < shape[i] {
					break
				}
				at -= strides[i] * shape[i]
				index[i] = 0
			}
		}
		return out, nil
	}
	return a
}

// Len is the number of values.
func (a Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// zeros is an array that no tensor of a file is of.
func zeros(shape ...int) Array {
	a := Array{Shape: shape}
	a.Read = func() ([]float32, error) { return make([]float32, a.Len()), nil }
	return a
}

// where has zeros where the mask has, whatever the array has there.
func (a Array) where(mask Array) Array {
	read := a.Read
	a.From = slices.Concat(a.From, mask.From)
	a.Read = func() ([]float32, error) {
		values, err := read()
		if err != nil {
			return nil, err
		}
		kept, err := mask.Read()
		if err != nil {
			return nil, err
		}
		if len(kept) != len(values) {
			return nil, fmt.Errorf("tensor %s: %d values for %d", mask.From[0], len(kept), len(values))
		}
		for i, factor := range kept {
			if factor == 0 {
				values[i] = 0
			}
		}
		return values, nil
	}
	return a
}

// scaled multiplies each row by a factor: a layer scale after a linear layer is
// the same as a linear layer with scaled rows.
func (a Array) scaled(factors Array) Array {
	read := a.Read
	a.From = slices.Concat(a.From, factors.From)
	a.Read = func() ([]float32, error) {
		values, err := read()
		if err != nil {
			return nil, err
		}
		by, err := factors.Read()
		if err != nil {
			return nil, err
		}
		if len(by) == 0 || len(values)%len(by) != 0 {
			return nil, fmt.Errorf("tensor %s: %d factors for %d values", factors.From[0], len(by), len(values))
		}
		row := len(values) / len(by)
		for i := range values {
			values[i] *= by[i/row]
		}
		return values, nil
	}
	return a
}

// stacked puts arrays one below the other along the first axis. Those that do
// not fit one upon the other are an array that can't be read.
func stacked(parts ...Array) Array {
	out := Array{}
	var mismatch error
	for i, part := range parts {
		out.From = append(out.From, part.From...)
		if i == 0 {
			out.Shape = slices.Clone(part.Shape)
		}
		switch {
		case len(part.Shape) == 0 || len(part.Shape) != len(parts[0].Shape) ||
			!slices.Equal(part.Shape[1:], parts[0].Shape[1:]):
			mismatch = fmt.Errorf("tensor %s of the shape %v does not go with one of %v",
				strings.Join(part.From, "+"), part.Shape, parts[0].Shape)
		case i > 0:
			out.Shape[0] += part.Shape[0]
		}
	}
	out.Read = func() ([]float32, error) {
		if mismatch != nil {
			return nil, mismatch
		}
		var all []float32
		for _, part := range parts {
			values, err := part.Read()
			if err != nil {
				return nil, err
			}
			all = append(all, values...)
		}
		return all, nil
	}
	return out
}
