package config

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Document is a configuration as it was written: a tree of values that know
// where they stand. The zero value is an empty document.
type Document struct {
	root *node
}

// Load reads a YAML file. Faults of syntax come as [Faults] with their line;
// what the operating system says comes as it is, so that errors.Is finds
// fs.ErrNotExist. An empty file is an empty document. Files above 1 MiB,
// nesting deeper than 64 levels, and more than 20,000 values once aliases are
// expanded are refused.
func Load(path string) (*Document, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads YAML, and so JSON, as [Load] does. The name is what positions call the file.
func Parse(name string, data []byte) (*Document, error) {
	root, err := parse(data, func(line, column int) Position { return Position{name, line, column} })
	if err != nil {
		return nil, err
	}
	return &Document{root}, nil
}

// Root is the whole document.
func (d *Document) Root() Node { return Node{n: d.root} }

// Set changes the document by assignments of the form "a.b=v", as the flag
// --set gives them. The value is YAML: a scalar or, in flow style, a list or a
// mapping. Missing sections are created; a list's items go by their index; and
// a choice in its short form becomes a mapping, so that
// "method.temperature=0.1" works on "method: simclr"; the other way round,
// "method=simclr" keeps parameters that are there without a name, or with the
// same one. Faults are positioned at
// "--set a.b=v". The assignments that are well formed take effect even if
// others are not.
func (d *Document) Set(assignments ...string) error {
	var faults Faults
	for _, text := range assignments {
		origin := "--set " + text
		path, value, ok := strings.Cut(text, "=")
		if !ok {
			faults = append(
				faults, Fault{Position: Position{File: origin}, Message: "no value", Hint: "write KEY=VALUE, such as seed=3"},
			)
			continue
		}
		faults = append(faults, faultsOf(d.Assign(origin, strings.TrimSpace(path), value))...)
	}
	return faults.err()
}

// Assign changes the document as [Document.Set] does, for another flag than
// --set: the origin, such as "--epochs 5", is where faults are positioned.
func (d *Document) Assign(origin, path, value string) error {
	parsed, err := parse([]byte(value), func(int, int) Position { return Position{File: origin} })
	if err != nil {
		return err
	}
	return faultsOf(d.put(path, parsed)).err()
}

// AssignDotted gives a section's key a value, as [Document.Assign] does, where the
// key itself holds dots, as those of a [Grid] may.
func (d *Document) AssignDotted(origin, section, key, value string) error {
	parsed, err := parse([]byte(value), func(int, int) Position { return Position{File: origin} })
	if err != nil {
		return err
	}
	root, fault := put(d.root, []string{section, key}, parsed)
	if fault != nil {
		fault.Path = join(section, key)
		return Faults{*fault}
	}
	d.root = root
	return nil
}

// Over returns the document laid over a base, nil for an empty one: mappings are merged key by key,
// and anything else that d gives takes the place of the base's. Where one of the named choices is of
// another name in d than in the base, nothing of the base's stays; where the base names none, its
// parameters go with any. Values keep the positions they have in either; d and base stay as they are.
func (d *Document) Over(base *Document, choices ...string) *Document {
	if base == nil {
		return d
	}
	if d.root.isNull() {
		return base
	}
	root, under := *d.root, base.root
	root.entries = slices.Clone(root.entries)
	for i, e := range root.entries {
		if !slices.Contains(choices, e.key) {
			continue
		}
		if name, below := nameOf(e.value), nameOf(under.child(e.key)); name != "" && below != "" && name != below {
			under = under.without(e.key)
		}
		root.entries[i].value = e.value.choiceOver(under.child(e.key))
	}
	return &Document{root.over(under)}
}

// Without returns the document without what is at the dotted paths. A path that
// is not there omits nothing; d stays as it is.
func (d *Document) Without(paths ...string) *Document {
	root := d.root
	for _, path := range paths {
		if root != nil {
			root = root.without(path)
		}
	}
	return &Document{root}
}

// nameOf is the name in a choice as written, short form or mapping; empty if there is none.
func nameOf(choice *node) string {
	if name := choice.child(nameKey); name != nil {
		choice = name
	}
	if choice == nil {
		return ""
	}
	text, _ := choice.scalar.(string)
	return text
}

func (d *Document) put(path string, value *node) error {
	if value == nil {
		value = &node{}
	}
	segments := strings.Split(path, ".")
	if slices.Contains(segments, "") {
		return Fault{Position: value.at, Message: fmt.Sprintf("%q is not a key", path),
			Hint: "join the names of keys by single dots, such as method.temperature"}
	}
	if len(segments) >= maxDepth {
		return Fault{Position: value.at, Message: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	root, err := put(d.root, segments, value)
	if err != nil {
		err.Path = path
		return *err
	}
	d.root = root
	return nil
}

// put returns a copy of the tree with the value in place. The position of what it makes is that of the value.
func put(n *node, segments []string, value *node) (*node, *Fault) {
	if len(segments) == 0 {
		if value.kind == scalarKind {
			value = value.choiceOver(n)
		}
		return value, nil
	}
	used := n.match(segments)
	name, rest := strings.Join(segments[:used], "."), segments[used:]
	changed := node{at: value.at, kind: mappingKind}
	switch {
	case n.isNull():
	case n.kind == scalarKind:
		changed.entries = []entry{{key: nameKey, at: n.at, value: n}}
	default:
		changed = *n
	}
	if changed.kind == listKind {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(changed.items) {
			return nil, &Fault{Position: value.at, Message: fmt.Sprintf("%q is not an item of a list of %d",
				name, len(changed.items)),
				Hint: "items count from 0; to make the list longer, set all of it"}
		}
		item, fault := put(changed.items[i], rest, value)
		if fault != nil {
			return nil, fault
		}
		changed.items = slices.Clone(changed.items)
		changed.items[i] = item
		return &changed, nil
	}
	child, fault := put(n.child(name), rest, value)
	if fault != nil {
		return nil, fault
	}
	i := slices.IndexFunc(changed.entries, func(e entry) bool { return e.key == name })
	if i < 0 {
		changed.entries = append(slices.Clip(changed.entries), entry{key: name, at: value.at, value: child})
		return &changed, nil
	}
	changed.entries = slices.Clone(changed.entries)
	changed.entries[i].value = child
	return &changed, nil
}
