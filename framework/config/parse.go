package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits beyond which a configuration is refused: no honest one comes near them.
const (
	maxBytes = 1 << 20
	maxDepth = 64
	maxNodes = 20_000 // once aliases are expanded
	maxKey   = 256    // bytes
)

// parse reads one YAML document; at says where every node stands, given its line and column.
func parse(data []byte, at func(line, column int) Position) (*node, error) {
	if len(data) > maxBytes {
		return nil, Faults{{Position: at(0, 0), Message: fmt.Sprintf("larger than %d bytes", maxBytes),
			Hint: "is this a configuration file?"}}
	}
	if valid := validPrefix(data); valid < len(data) {
		return nil, Faults{
			{Position: position(data[:valid], at), Message: "not UTF-8 text", Hint: "is this a configuration file?"},
		}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0:
		return &node{at: at(1, 1)}, nil
	case err != nil:
		return nil, syntaxFault(err, at)
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, Faults{{Position: at(max(second.Line, 1), max(second.Column, 1)),
			Message: "a second document begins here; expected one",
			Hint:    "put every configuration in a file of its own"}}
	case !errors.Is(err, io.EOF):
		return nil, syntaxFault(err, at)
	}
	b := builder{at: at, open: map[*yaml.Node]bool{}}
	root, err := b.build(document.Content[0], 1)
	if err != nil {
		return nil, Faults{err.(Fault)}
	}
	return root, nil
}

// validPrefix is the length of the text before the first byte that is not UTF-8.
func validPrefix(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// position is where the text after this begins.
func position(before []byte, at func(line, column int) Position) Position {
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	return at(bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[lineStart:])+1)
}

func syntaxFault(err error, at func(line, column int) Position) error {
	message, position := strings.TrimPrefix(err.Error(), "yaml: "), at(0, 0)
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message, position = strings.TrimPrefix(load.Message, "yaml: "), at(load.Mark.Line, load.Mark.Column)
		if load.ContextMsg != "" {
			message += " " + load.ContextMsg
		}
		if load.ContextMark.Line > 0 && load.ContextMark.Line != load.Mark.Line {
			message += fmt.Sprintf(" that began on line %d", load.ContextMark.Line)
		}
	}
	f := Fault{Position: position, Message: "not valid YAML: " + message}
	if strings.Contains(message, "cannot start any token") {
		f.Hint = "indent with spaces, and quote values that begin with a special character"
	}
	return Faults{f}
}

// builder turns the library's nodes into a tree of our own, with aliases and merge keys (<<) expanded.
type builder struct {
	at    func(line, column int) Position
	open  map[*yaml.Node]bool // anchors being expanded
	nodes int
}

func (b *builder) fault(y *yaml.Node, format string, args ...any) error {
	return Fault{Position: b.at(y.Line, y.Column), Message: fmt.Sprintf(format, args...)}
}

func (b *builder) build(y *yaml.Node, depth int) (*node, error) {
	if b.nodes++; b.nodes > maxNodes {
		return nil, b.fault(y, "more than %d values once aliases are expanded", maxNodes)
	}
	if depth > maxDepth {
		return nil, b.fault(y, "nested deeper than %d levels", maxDepth)
	}
	if y.Kind == yaml.AliasNode {
		if b.open[y.Alias] {
			return nil, b.fault(y, "the alias *%s stands inside the value it repeats", y.Value)
		}
		return b.build(y.Alias, depth)
	}
	if y.Anchor != "" {
		b.open[y] = true
		defer delete(b.open, y)
	}
	n := &node{at: b.at(y.Line, y.Column)}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = mappingKind
		return n, b.mapping(n, y, depth)
	case yaml.SequenceNode:
		n.kind = listKind
		for _, item := range y.Content {
			built, err := b.build(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, built)
		}
		return n, nil
	}
	return n, b.scalar(n, y)
}

func (b *builder) scalar(n *node, y *yaml.Node) error {
	n.text = y.Value
	switch tag := y.ShortTag(); tag {
	case "!!null":
	case "!!str", "!!timestamp", "!!merge":
		n.scalar = y.Value
	case "!!bool", "!!int", "!!float":
		if err := y.Load(&n.scalar); err != nil {
			return b.fault(y, "%q is not a %s", shorten(y.Value), tag)
		}
	default:
		return b.fault(y, "the tag %s is not known here", tag)
	}
	return nil
}

func (b *builder) mapping(n *node, y *yaml.Node, depth int) error {
	var merged []entry
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return b.fault(y.Content[i], "a key must be a plain word")
		}
		if len(key.Value) > maxKey {
			return b.fault(y.Content[i], "a key longer than %d bytes", maxKey)
		}
		value, err := b.build(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if key.ShortTag() != "!!merge" {
			n.entries = append(n.entries, entry{key: key.Value, at: b.at(y.Content[i].Line, y.Content[i].Column), value: value})
			continue
		}
		sources := []*node{value}
		if value.kind == listKind {
			sources = value.items
		}
		for _, source := range sources {
			if source.kind != mappingKind {
				return b.fault(key, "<< merges mappings, found %s", source.describe())
			}
			merged = append(merged, source.entries...)
		}
	}
	if merged == nil {
		return nil
	}
	own := make(map[string]bool, len(n.entries))
	for _, e := range n.entries {
		own[e.key] = true
	}
	for _, e := range merged {
		if !own[e.key] {
			own[e.key] = true
			n.entries = append(n.entries, e)
		}
	}
	return nil
}
