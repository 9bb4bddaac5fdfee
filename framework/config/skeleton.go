package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Skeleton writes a configuration as a YAML file to start from: every key with
// its value, and above it, as a comment, its meaning, what it allows and where
// it comes from. The file decodes to the same configuration.
func Skeleton(w io.Writer, defaults any) error {
	value, s := valueOf(defaults)
	text, err := yaml.Dump(encode(s, value).yaml(true), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false))
	if err != nil {
		return fmt.Errorf("config: skeleton: %w", err)
	}
	_, err = w.Write(paragraphs(text))
	return err
}

// paragraphs puts an empty line before every key of the first level that a comment stands above.
func paragraphs(text []byte) []byte {
	var b bytes.Buffer
	last := byte('#')
	for line := range bytes.Lines(text) {
		if line[0] == '#' && last != '#' {
			b.WriteByte('\n')
		}
		b.Write(line)
		last = line[0]
	}
	return b.Bytes()
}

// yaml is the node as the library writes it, with comments or without. Of the items of a list only the first has
// comments.
func (n *node) yaml(comments bool) *yaml.Node {
	switch n.kind {
	case mappingKind:
		y := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range n.entries {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: e.key}
			if comments && e.field != nil {
				key.HeadComment = e.field.comment()
			}
			y.Content = append(y.Content, key, e.value.yaml(comments))
		}
		return y
	case listKind:
		y := &yaml.Node{Kind: yaml.SequenceNode}
		if len(n.items) == 0 || n.items[0].kind == scalarKind {
			y.Style = yaml.FlowStyle
		}
		for i, item := range n.items {
			y.Content = append(y.Content, item.yaml(comments && i == 0))
		}
		return y
	}
	y := &yaml.Node{Kind: yaml.ScalarNode, Value: n.text}
	switch n.scalar.(type) {
	case nil:
		y.Tag, y.Value = "!!null", "null"
	case string:
		y.Tag = "!!str"
		if strings.ContainsFunc(n.text, unicode.IsControl) {
			y.Style = yaml.DoubleQuotedStyle // a block of text would not survive paragraphs
		}
	}
	return y
}

// comment is the documentation of a field as YAML comment lines.
func (f *field) comment() string {
	var notes []string
	if f.within != nil {
		notes = append(notes, "range "+f.within.text)
	}
	if f.oneOf != nil {
		notes = append(notes, "one of "+strings.Join(f.oneOf, ", "))
	}
	if f.source != "" {
		notes = append(notes, f.source)
	}
	lines := strings.Split(f.doc, "\n")
	if f.doc == "" {
		lines = nil
	}
	if len(notes) > 0 {
		lines = append(lines, strings.Join(notes, "; "))
	}
	for i, line := range lines {
		lines[i] = "# " + line
	}
	return strings.Join(lines, "\n")
}
