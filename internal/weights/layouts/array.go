package layouts

import (
	"fmt"
	"slices"

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
func (a Array) transposed() Array {
	rows, columns, read := a.Shape[0], a.Shape[1], a.Read
	a.Shape = []int{columns, rows}
	a.Read = func() ([]float32, error) {
		values, err := read()
		if err != nil {
			return nil, err
		}
		out := make([]float32, len(values))
		for i := range rows {
			for j := range columns {
				out[j*rows+i] = values[i*columns+j]
			}
		}
		return out, nil
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

// stacked puts arrays one below the other along the first axis.
func stacked(parts ...Array) Array {
	out := Array{Shape: slices.Clone(parts[0].Shape)}
	out.Shape[0] = 0
	for _, part := range parts {
		out.Shape[0] += part.Shape[0]
		out.From = append(out.From, part.From...)
	}
	out.Read = func() ([]float32, error) {
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
