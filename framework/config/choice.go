package config

import (
	"fmt"
	"reflect"
	"slices"
)

// nameKey is the key of a choice that says what is chosen.
const nameKey = "name"

var nameShape = &shape{form: stringForm, typ: reflect.TypeFor[string]()}

// Choice is a section that names one of several things and gives its
// parameters, which are decoded once a registry knows their type:
//
//	method: {name: simclr, temperature: 0.5}
//	method: simclr # the short form: all defaults
//
// A default name is kept when the section gives parameters alone. A Choice that
// is left without a name is a fault; an optional one is a *Choice.
type Choice struct {
	// Name is what is chosen; empty for nothing yet.
	Name string
	// Params is a struct, or a pointer to one, with the parameters: nil until
	// they are decoded. The canonical form, the documentation, the skeleton and
	// the schema include them.
	Params any

	node Node
	kept []entry // what a registry reads for itself
}

// Chosen returns a choice with its parameters, as a program makes it.
func Chosen(name string, params any) Choice { return Choice{Name: name, Params: params} }

// Node is the section as written; the zero Node if the document leaves it out.
func (c *Choice) Node() Node { return c.node }

// Decode decodes the parameters into the struct that dst points to, as the
// function [Decode] does, and keeps dst as Params unless there are faults. Keys
// that the registry reads for itself, beside the name, are reserved: they are no
// parameters, and the canonical form has them as they are written, or as Keep sets them.
func (c *Choice) Decode(dst any, reserved ...string) error {
	section := c.node
	if section.n != nil && section.n.kind == scalarKind {
		section.n = &node{at: section.n.at, kind: mappingKind}
	}
	if err := decode(section, dst, false, append([]string{nameKey}, reserved...)...); err != nil {
		return err
	}
	c.Params, c.kept = dst, nil
	for _, key := range reserved {
		if given, ok := section.Get(key); ok {
			c.kept = append(c.kept, entry{key: key, value: given.n})
		}
	}
	return nil
}

// Keep sets a reserved key to a struct of parameters, for the canonical form.
func (c *Choice) Keep(key string, params any) {
	value, s := valueOf(params)
	kept := entry{key: key, value: encode(s, value)}
	c.kept = append(slices.DeleteFunc(slices.Clone(c.kept), func(e entry) bool { return e.key == key }), kept)
}

// UnknownName returns the fault of a choice that names none of the known
// things, of that kind ("method"): where it stands, which it may have meant, and what there is.
func (c *Choice) UnknownName(kind string, known []string) error {
	f := Fault{Position: c.node.Position(), Path: c.node.path,
		Message: Unknown(kind, c.Name, known)}
	if name, ok := c.node.Get(nameKey); ok {
		f.Position, f.Path = name.Position(), name.path
	}
	return f
}

func (d *decoder) choice(n *node, path string, s *shape, to *Choice) {
	name := n
	switch {
	case n.isNull():
		return
	case n.kind == listKind:
		d.mismatch(n, path, s, "")
		return
	case n.kind == mappingKind:
		name = n.child(nameKey)
	}
	made := Choice{Name: to.Name, node: Node{n, join(d.root.path, path)}}
	if !name.isNull() {
		text, ok := name.scalar.(string)
		if name != n {
			path = join(path, nameKey)
		}
		if !ok || text == "" {
			d.mismatch(name, path, nameShape, typeHint(name, nameShape))
			return
		}
		made.Name = text
	}
	*to = made
}

// nameHint is what to do about a choice without a name.
func (c Choice) nameHint() string {
	if nearest, ok := Nearest(nameKey, c.node.Keys()); ok && nearest != nameKey {
		return fmt.Sprintf("%q should be %q", nearest, nameKey)
	}
	return fmt.Sprintf("write the name alone, or %s: NAME beside its parameters", nameKey)
}

func (c Choice) encode() *node {
	if c.Name == "" {
		return &node{text: "null"}
	}
	n := &node{kind: mappingKind, entries: []entry{{key: nameKey, value: encodeString(c.Name)}}}
	switch {
	case c.Params != nil:
		value, s := valueOf(c.Params)
		n.entries = append(n.entries, encode(s, value).entries...)
		n.entries = append(n.entries, c.kept...)
	case c.node.n != nil:
		for _, e := range c.node.n.entries {
			if e.key != nameKey {
				n.entries = append(n.entries, e)
			}
		}
	}
	return n
}
