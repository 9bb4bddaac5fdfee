// Package eval measures how good frozen features are: weighted nearest
// neighbors, linear probes on all labels or a few, zero-shot classification,
// retrieval, and how the features are spread. Every evaluation comes to a
// [Result]: numbers under a protocol that says exactly what they are. Packages
// embed, transfer and finetune below it run the networks themselves.
//
// All of it gives the same numbers bit for bit at any number of threads, and
// ends soon after its context does. Accuracies, recalls and the like are
// fractions in [0, 1].
package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Features is a matrix of embeddings, one row a sample.
type Features struct {
	Dim  int       // width of a row, at least 1
	Data []float32 // row-major, a multiple of Dim
}

// Len is the number of rows.
func (f Features) Len() int {
	if f.Dim < 1 {
		return 0
	}
	return len(f.Data) / f.Dim
}

// Row is row i, in [0, Len()). It shares the matrix's memory.
func (f Features) Row(i int) []float32 { return f.Data[i*f.Dim : (i+1)*f.Dim : (i+1)*f.Dim] }

// check reports what is wrong with the matrix; name says whose it is.
func (f Features) check(name string) error {
	if f.Dim < 1 || len(f.Data) == 0 || len(f.Data)%f.Dim != 0 {
		return fmt.Errorf("%s features: %d values are not one or more rows of width %d", name, len(f.Data), f.Dim)
	}
	const part = 1 << 16 // values
	finite := make([]bool, (len(f.Data)+part-1)/part)
	inParallel(context.Background(), len(finite), func(i int) { // soon done
		finite[i] = slices.IndexFunc(f.Data[i*part:min((i+1)*part, len(f.Data))], notFinite) < 0
	})
	if i := slices.Index(finite, false); i >= 0 {
		at := i*part + slices.IndexFunc(f.Data[i*part:], notFinite)
		return fmt.Errorf("%s features: value %v at row %d, column %d is not finite; the network has diverged or its "+
			"input is damaged", name, f.Data[at], at/f.Dim, at%f.Dim)
	}
	return nil
}

func notFinite(v float32) bool {
	const exponent = 0xff << 23
	return math.Float32bits(v)&exponent == exponent
}

// Normalized returns a copy with every row divided by max(‖row‖, 1e-12).
func (f Features) Normalized() Features {
	out := Features{Dim: f.Dim, Data: make([]float32, len(f.Data))}
	inParallel(context.Background(), f.Len(), func(i int) { // soon done
		normalizeInto(out.Row(i), f.Row(i))
	})
	return out
}

func normalizeInto(into, row []float32) {
	var square float64
	for _, v := range row {
		square += float64(v) * float64(v)
	}
	scale := 1 / math.Max(math.Sqrt(square), 1e-12)
	for j, v := range row {
		into[j] = float32(float64(v) * scale)
	}
}

// Set is a labeled set of features.
type Set struct {
	Features
	Labels []int // one a row, in [0, classes)
}

// check reports what is wrong with the set.
func (s Set) check(name string, classes int) error {
	if err := s.Features.check(name); err != nil {
		return err
	}
	if len(s.Labels) != s.Len() {
		return fmt.Errorf("%s set: %d labels for %d rows", name, len(s.Labels), s.Len())
	}
	for i, label := range s.Labels {
		if label < 0 || label >= classes {
			return fmt.Errorf("%s set: label %d of row %d is outside [0, %d)", name, label, i, classes)
		}
	}
	return nil
}

// sameWidth reports a difference in width of two matrices that are to be compared.
func sameWidth(nameA string, a Features, nameB string, b Features) error {
	if a.Dim != b.Dim {
		return fmt.Errorf("%s features have width %d but %s features %d; they must come from the same network",
			nameA, a.Dim, nameB, b.Dim)
	}
	return nil
}
