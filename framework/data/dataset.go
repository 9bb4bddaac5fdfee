// Package data reads image datasets: those that are downloaded (CIFAR, MNIST),
// those that lie in a folder or a tar file, and those that are generated: shapes, counting, textures and digits.
//
// Every dataset is reached through a Factory, whose Params struct documents its
// options; Builtin lists the factories. Subsets, statistics and the in-memory
// cache work on any Dataset.
package data

import (
	"errors"
	"fmt"
)

// Dataset is one split of a labeled set of images. All methods are safe for
// concurrent use, and what they return for an index never changes. Indices are
// in [0, Len()).
type Dataset interface {
	// Len is the number of samples.
	Len() int
	// Classes are the names of the labels 0, …, len-1; nil for a dataset without labels.
	Classes() []string
	// Label is the class of sample i, or -1 if it has none.
	Label(i int) int
	// Caption describes sample i in words; "" if the dataset has no captions.
	Caption(i int) string
	// Image decodes sample i into dst, which may be empty or hold another image. An image that cannot be read is reported
	// as a *SampleError.
	Image(i int, dst *Image) error
}

// Split selects the part of a dataset.
type Split string

// The splits that every dataset has.
const (
	Train Split = "train"
	Test  Split = "test"
)

func (s Split) validate() error {
	if s == Train || s == Test {
		return nil
	}
	return fmt.Errorf("unknown split %q: expected %q or %q", string(s), Train, Test)
}

// SampleError says that one sample cannot be read.
type SampleError struct {
	Index int    // index in the dataset that was asked
	Path  string // the file, "archive.tar: member", or "table.csv, line 7: file"
	// Strict is the dataset's wish that the error ends the run. Otherwise the
	// reader counts it and goes on without the sample.
	Strict bool
	Err    error
}

// Error names the sample by its index and its file, and says what was wrong.
func (e *SampleError) Error() string { return fmt.Sprintf("sample %d: %s: %v", e.Index, e.Path, e.Err) }

// Unwrap returns the underlying error.
func (e *SampleError) Unwrap() error { return e.Err }

// Skippable reports whether err concerns a single sample that the reader may leave out.
func Skippable(err error) bool {
	var sample *SampleError
	return errors.As(err, &sample) && !sample.Strict
}
