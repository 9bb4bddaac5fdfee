package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Canonical returns a configuration as JSON in its one canonical form: every
// value written out, defaults too, keys sorted, numbers at their shortest, and
// no spaces. [Parse] and [Decode] read it back. Equal configurations give equal
// bytes, whatever the order of their fields. A text whose field has the tag omit
// is left out where it is that value, or empty, which means the same: a key that
// came later, so that what was recorded before it is equal to what has the value
// that then was the only one.
//
// Canonical, Hash, Describe, Skeleton and Schema take a struct or a
// pointer to one, and panic if its type cannot be configured: see [Check].
func Canonical(v any) []byte { return canonical(v).json() }

func canonical(v any) *node {
	value, s := valueOf(v)
	return encode(s, value).shortened()
}

// omitted reports whether the canonical form leaves out a value of the field. The empty text stands for that value.
func (f *field) omitted(text string) bool { return f.omit != "" && (text == f.omit || text == "") }

// shortened is the node without the fields that the canonical form omits.
func (n *node) shortened() *node {
	short := *n
	short.entries, short.items = nil, nil
	for _, e := range n.entries {
		if e.field != nil && e.field.omitted(e.value.text) {
			continue
		}
		e.value = e.value.shortened()
		short.entries = append(short.entries, e)
	}
	for _, item := range n.items {
		short.items = append(short.items, item.shortened())
	}
	return &short
}

// Hash is the SHA-256 of the canonical form in hexadecimal. The dotted paths
// to omit, such as "seed", do not count; a path that is not there omits nothing.
func Hash(v any, omit ...string) string { return canonical(v).hash(omit) }

// Hash is the hash of a document that is in the canonical form, as [Hash] gives
// it of the value that the document was made from.
func (d *Document) Hash(omit ...string) string { return d.root.hash(omit) }

func (n *node) hash(omit []string) string {
	for _, path := range omit {
		n = n.without(path)
	}
	sum := sha256.Sum256(n.json())
	return hex.EncodeToString(sum[:])
}

func (n *node) without(path string) *node {
	name, rest, deeper := strings.Cut(path, ".")
	pruned := *n
	pruned.entries = nil
	for _, e := range n.entries {
		if e.key == name {
			if !deeper {
				continue
			}
			e.value = e.value.without(rest)
		}
		pruned.entries = append(pruned.entries, e)
	}
	return &pruned
}

func (n *node) json() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(n.plain()); err != nil {
		panic(fmt.Sprintf("config: canonical form: %v", err)) // plain makes nothing that JSON lacks
	}
	return escape(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// escape writes the control characters that JSON allows in a string, and YAML
// does not or takes for a line break, as \u escapes.
func escape(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		if unicode.IsControl(r) || r == '\ufeff' {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// plain is the node as encoding/json has it: map[string]any, []any and scalars.
func (n *node) plain() any {
	switch n.kind {
	case mappingKind:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key] = e.value.plain()
		}
		return m
	case listKind:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.plain()
		}
		return list
	}
	if x, ok := n.scalar.(float64); ok && x-x != 0 { // JSON has no infinity and no NaN
		return n.text
	}
	return n.scalar
}
