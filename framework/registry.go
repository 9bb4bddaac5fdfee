package framework

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// Registry holds the methods, backbones or data sets that a program knows, by
// name. What is in it is decided by whoever makes it: there are no side effects
// of imports.
type Registry[T interface{ Key() string }] struct {
	kind    string
	entries []T
}

// NewRegistry returns a registry of the given entries. The kind, such as
// "method", appears in errors. Two entries of one name are an error.
func NewRegistry[T interface{ Key() string }](kind string, entries ...T) (*Registry[T], error) {
	r := &Registry[T]{kind: kind}
	for _, entry := range entries {
		if err := r.Register(entry); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Register adds an entry. It returns an error if the name is empty, is not
// made of lower-case letters, digits and hyphens, or is taken.
func (r *Registry[T]) Register(entry T) error {
	name := entry.Key()
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("%s name %q: use lower-case letters, digits and hyphens", r.kind, name)
	}
	if other, found := r.lookup(name); found {
		return r.twice(name, other, entry)
	}
	r.entries = append(r.entries, entry)
	return nil
}

// twice is the error of two entries of one name, which says where both are from.
func (r *Registry[T]) twice(name string, first, second any) error {
	of, known := first.(interface{ Provenance() provenance.Provenance })
	other, alike := second.(interface{ Provenance() provenance.Provenance })
	if !known || !alike {
		return fmt.Errorf("%s %q is registered already; each needs a name of its own", r.kind, name)
	}
	return fmt.Errorf("two %ss are named %q: one is %s, one %s; each needs a name of its own, so leave one out or "+
		"rename it",
		r.kind, name, inWords(of.Provenance()), inWords(other.Provenance()))
}

// inWords is "built in" or "of example.com/you/mine@v1.2.0".
func inWords(from provenance.Provenance) string {
	if from.BuiltIn() {
		return from.String()
	}
	return "of " + from.String()
}

// Get returns the entry of that name; the error for an unknown one lists the
// known ones and suggests the nearest.
func (r *Registry[T]) Get(name string) (T, error) {
	if entry, found := r.lookup(name); found {
		return entry, nil
	}
	var none T
	return none, &UnknownNameError{Kind: r.kind, Name: name, Known: r.Names()}
}

func (r *Registry[T]) lookup(name string) (T, bool) {
	at := slices.IndexFunc(r.entries, func(entry T) bool { return entry.Key() == name })
	if at < 0 {
		var none T
		return none, false
	}
	return r.entries[at], true
}

// All returns the entries in the order of registration.
func (r *Registry[T]) All() []T { return slices.Clone(r.entries) }

// Names returns the names in the order of registration.
func (r *Registry[T]) Names() []string {
	names := make([]string, len(r.entries))
	for i, entry := range r.entries {
		names[i] = entry.Key()
	}
	return names
}

// Kind is what the entries are: "method", "backbone" or "dataset".
func (r *Registry[T]) Kind() string { return r.kind }

// UnknownNameError says that a registry has no entry of that name.
type UnknownNameError struct {
	Kind, Name string   // of what was asked for: "method", "simcrl"
	Known      []string // the names that there are
}

// Error suggests the nearest known name and lists all.
func (e *UnknownNameError) Error() string {
	return config.Unknown(e.Kind, e.Name, e.Known)
}
