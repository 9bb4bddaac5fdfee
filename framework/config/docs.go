package config

import (
	"fmt"
	"reflect"
)

// Doc documents a parameter: what it means, with its unit and what zero means,
// and where its value is from. Both are plain sentences or phrases without a full stop.
type Doc struct{ Doc, Source string }

// Docs documents the parameters of a struct, by key. A struct has a method
// `Docs() config.Docs` that returns it, so that its fields stay readable. What
// is inline documents its own keys.
type Docs map[string]Doc

// documented is implemented by structs with a table of documentation.
type documented interface{ Docs() Docs }

// docsOf are the docs of a struct, nil if it has none. It fails on one of a key
// that no field has.
func (s *shape) docsOf() (Docs, error) {
	of, ok := reflect.New(s.typ).Interface().(documented)
	if !ok {
		return nil, nil
	}
	docs := of.Docs()
	for key := range docs {
		if s.field(key) == nil {
			return nil, fmt.Errorf("%s: its docs explain the key %q, which it does not have", s.typ, key)
		}
	}
	return docs, nil
}

// document gives the fields the docs of the struct's own table. A field that is
// inline has those of its struct, and a field's tags doc and source come first.
func (s *shape) document() error {
	docs, err := s.docsOf()
	for i := range s.fields {
		f := &s.fields[i]
		if len(f.index) > 1 {
			continue
		}
		if f.doc == "" {
			f.doc = docs[f.key].Doc
		}
		if f.source == "" {
			f.source = docs[f.key].Source
		}
	}
	return err
}
