package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

type kind int

const (
	scalarKind kind = iota
	mappingKind
	listKind
)

// node is a value of the tree between text and Go values. It is never changed
// once it is part of a tree, so trees may share branches.
type node struct {
	at      Position
	kind    kind
	scalar  any    // of a scalar: nil, bool, int, int64, uint64, float64 or string
	text    string // of a scalar: as written
	entries []entry
	items   []*node
}

// entry is a key of a mapping with its value. A mapping read from a file may repeat a key.
type entry struct {
	key   string
	at    Position
	value *node
	field *field // the struct field it was encoded from, if it was
}

func (n *node) isNull() bool { return n == nil || n.kind == scalarKind && n.scalar == nil }

// child is the value of the first entry with that key, or the list item with that index; nil if there is none.
func (n *node) child(segment string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key == segment {
			return e.value
		}
	}
	if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(n.items) {
		return n.items[i]
	}
	return nil
}

// over merges a tree into the base: see [Document.Over]. The short form of a
// choice counts as a mapping with its name.
func (n *node) over(base *node) *node {
	switch {
	case base == nil || base.kind != mappingKind:
		return n
	case n.kind == scalarKind && !n.isNull() && base.child(nameKey) != nil:
		n = &node{at: n.at, kind: mappingKind, entries: []entry{{key: nameKey, at: n.at, value: n}}}
	case n.kind != mappingKind:
		return n
	}
	merged := *base
	merged.at, merged.entries = n.at, slices.Clone(base.entries)
	for _, e := range n.entries {
		if i := slices.IndexFunc(merged.entries, func(under entry) bool { return under.key == e.key }); i >= 0 {
			e.value = e.value.over(merged.entries[i].value)
			merged.entries[i] = e
			continue
		}
		merged.entries = append(merged.entries, e)
	}
	return &merged
}

// choiceOver merges what a choice is set to into what stood there: its
// parameters stay, unless both have a name and those differ.
func (n *node) choiceOver(base *node) *node {
	name, below := nameOf(n), nameOf(base)
	switch {
	case base == nil || base.kind != mappingKind || name != "" && below != "" && name != below:
		return n
	case n != nil && n.kind == scalarKind && name != "":
		n = &node{at: n.at, kind: mappingKind, entries: []entry{{key: nameKey, at: n.at, value: n}}}
	case n == nil || n.kind != mappingKind:
		return n
	}
	return n.over(base)
}

// find follows a dotted path as far as it leads. It returns the last node it reached, and whether that is the end of
// the path.
func (n *node) find(path string) (*node, bool) {
	if path == "" {
		return n, n != nil
	}
	segments := strings.Split(path, ".")
	for len(segments) > 0 {
		used := n.match(segments)
		next := n.child(strings.Join(segments[:used], "."))
		if next == nil {
			return n, false
		}
		n, segments = next, segments[used:]
	}
	return n, true
}

// match is how many segments of a path the next key takes: all of them if the
// mapping has such a dotted key, as a grid may, and otherwise one.
func (n *node) match(segments []string) int {
	if len(segments) > 1 && n.child(strings.Join(segments, ".")) != nil {
		return len(segments)
	}
	return 1
}

// describe says what was found, for messages: `"abc"`, `the number 3`, `a list`.
func (n *node) describe() string {
	switch {
	case n.isNull():
		return "nothing (null)"
	case n.kind == mappingKind:
		return "a mapping"
	case n.kind == listKind:
		return "a list"
	}
	switch x := n.scalar.(type) {
	case string:
		return strconv.Quote(shorten(n.text))
	case bool:
		return n.text
	case float64:
		if x-x != 0 {
			return n.text
		}
	}
	return "the number " + shorten(n.text)
}

func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// Node is a value of a [Document] with its path. The zero Node stands for an empty document.
type Node struct {
	n    *node
	path string
}

// Path is the dotted path of the node in its document; empty for the root.
func (n Node) Path() string { return n.path }

// Position is where the node begins.
func (n Node) Position() Position {
	if n.n == nil {
		return Position{}
	}
	return n.n.at
}

// Get returns the value at a dotted path below the node, with list items by index, and whether it is there.
func (n Node) Get(path string) (Node, bool) {
	found, ok := n.n.find(path)
	if !ok {
		return Node{}, false
	}
	return Node{found, join(n.path, path)}, true
}

// Text is a scalar as it is written, and whether the node is one; null is none.
func (n Node) Text() (string, bool) {
	if n.n.isNull() || n.n.kind != scalarKind {
		return "", false
	}
	return n.n.text, true
}

// Keys lists the keys of a mapping in the order of the text; nil for anything else.
func (n Node) Keys() []string {
	if n.n == nil {
		return nil
	}
	var keys []string
	for _, e := range n.n.entries {
		keys = append(keys, e.key)
	}
	return keys
}

// Faultf returns the fault of a key below the node with its position: that of
// its value, or of the nearest section around it if the document leaves it out.
func (n Node) Faultf(key, format string, args ...any) error {
	return n.locate(Fault{Path: key, Message: fmt.Sprintf(format, args...)})
}

// Locate returns the faults of an error with their positions and full paths.
// Their paths are relative to the node, as [Faultf] makes them; faults that
// have a position already stay as they are.
func (n Node) Locate(err error) error {
	all := faultsOf(err)
	for i, f := range all {
		all[i] = n.locate(f)
	}
	return all.err()
}

func (n Node) locate(f Fault) Fault {
	if f.Position != (Position{}) {
		return f
	}
	if at, _ := n.n.find(f.Path); at != nil {
		f.Position = at.at
	}
	f.Path = join(n.path, f.Path)
	return f
}
