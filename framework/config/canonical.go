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
// bytes, whatever the order of their fields.
//
// Canonical, Hash, Describe, Skeleton and Schema take a struct or a
// pointer to one, and panic if its type cannot be configured: see [Check].
func Canonical(v any) []byte {
	value, s := valueOf(v)
	return encode(s, value).json()
}

// Hash is the SHA-256 of the canonical form in hexadecimal. The dotted paths
// to omit, such as "seed", do not count; a path that is not there omits nothing.
func Hash(v any, omit ...string) string {
	value, s := valueOf(v)
	return encode(s, value).hash(omit)
}

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
