package data

import (
	"errors"
	"fmt"
)

// faults collects everything that is wrong with a Params struct.
type faults []error

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// within demands low <= value <= high.
func within[T int | int64 | float64](f *faults, key string, value, low, high T) {
	if !(value >= low && value <= high) {
		f.add(key, "%v is out of range, expected %v to %v", value, low, high)
	}
}

func (f faults) err() error { return errors.Join(f...) }
