package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a configuration. Line and Column count from 1; they
// are 0 where there is no text to point into, as with a command-line flag.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String is "run.yaml:12:3", or the file alone when there is no line.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Position
	// Path is the dotted path of the key at fault, such as "method.temperature"; empty for the whole document.
	Path string `json:"path,omitempty"`
	// Message says what was found and what was expected.
	Message string `json:"message"`
	// Hint says what to do about it, where that is not plain from the message.
	Hint string `json:"hint,omitempty"`
}

// Error is the fault on one line, "run.yaml:12:3: method.temperature: …", with the hint on a second.
func (f Fault) Error() string {
	var b strings.Builder
	for _, part := range []string{f.Position.String(), f.Path} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("\n  hint: ")
		b.WriteString(f.Hint)
	}
	return b.String()
}

// Faultf returns the fault that a Validate method found with one of its keys.
// The key is relative to the struct that is validated and may be dotted;
// [Decode] turns it into a full path and finds its line. An empty key blames
// the struct as a whole.
func Faultf(key, format string, args ...any) error {
	return Fault{Path: key, Message: fmt.Sprintf(format, args...)}
}

// Faults are all that is wrong with a configuration, in the order of the text.
// Faults without a line follow those that have one. Use errors.As to get them
// from an error of this package.
type Faults []Fault

// Error lists the faults, each on a line of its own.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// err sorts the faults, drops repetitions and returns them as an error, nil if there are none.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		switch {
		case a.Line == 0 && b.Line == 0:
			return 0
		case a.Line == 0:
			return 1
		case b.Line == 0:
			return -1
		case a.File != b.File:
			return strings.Compare(a.File, b.File)
		case a.Line != b.Line:
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	seen := make(map[Fault]bool, len(fs))
	return slices.DeleteFunc(fs, func(f Fault) bool {
		repeated := seen[f]
		seen[f] = true
		return repeated
	})
}

// faultsOf takes an error apart into faults: Faults, joined errors, and plain errors, which blame no key.
func faultsOf(err error) Faults {
	switch e := err.(type) {
	case nil:
		return nil
	case Faults:
		return slices.Clone(e)
	case Fault:
		return Faults{e}
	case interface{ Unwrap() []error }:
		var all Faults
		for _, part := range e.Unwrap() {
			all = append(all, faultsOf(part)...)
		}
		return all
	}
	var inner Fault
	if errors.As(err, &inner) {
		return Faults{{Position: inner.Position, Path: inner.Path, Message: err.Error()}}
	}
	return Faults{{Message: err.Error()}}
}

// Collector gathers the faults of several sections into one error. The zero value is ready to use.
type Collector struct {
	faults Faults
	seen   map[Fault]bool
}

// Add collects an error of any kind; nil adds nothing, and neither does a fault again.
func (c *Collector) Add(err error) {
	for _, fault := range faultsOf(err) {
		if c.seen[fault] {
			continue
		}
		if c.seen == nil {
			c.seen = map[Fault]bool{}
		}
		c.seen[fault] = true
		c.faults = append(c.faults, fault)
	}
}

// Len is how many faults are collected, each counted once.
func (c *Collector) Len() int { return len(c.faults) }

// Err returns everything collected as sorted [Faults], each once, or nil if there is nothing.
func (c *Collector) Err() error {
	return slices.Clone(c.faults).err()
}
