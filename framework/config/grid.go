package config

import (
	"slices"
	"strings"
)

// maxPoints bounds a grid: more runs than anybody waits for.
const maxPoints = 10_000

// Grid is a section that varies keys of a document: a mapping from dotted path
// to a list of values, of which every combination is meant.
//
//	grid:
//	  method: [simclr, {name: moco, queue: 4096}]
//	  optimizer.lr: [0.1, 0.3]
//
// Nested mappings spell the same paths. The zero value varies nothing.
type Grid struct {
	axes []axis
}

type axis struct {
	path   string
	at     Position
	values []*node
}

// Axis is one key that a grid varies, with its values on one line each.
type Axis struct {
	Path   string   `json:"path"`
	Values []string `json:"values"`
}

// Assignment gives one key the value that it has at a point of a grid: see
// [Grid.Points]. One made otherwise gives the key null.
type Assignment struct {
	Path  string
	value *node
}

// Value is the value on one line.
func (a Assignment) Value() string { return a.value.flow() }

// String is "path=value".
func (a Assignment) String() string { return a.Path + "=" + a.Value() }

// Axes lists what the grid varies, in the order of the text.
func (g Grid) Axes() []Axis {
	axes := make([]Axis, len(g.axes))
	for i, a := range g.axes {
		axes[i].Path = a.path
		for _, v := range a.values {
			axes[i].Values = append(axes[i].Values, v.flow())
		}
	}
	return axes
}

// Size is the number of points: the product of the axes' lengths, 1 for a grid that varies nothing.
func (g Grid) Size() int {
	size := 1
	for _, a := range g.axes {
		size *= len(a.values)
	}
	return size
}

// Points lists every combination, the last axis varying fastest. A grid that
// varies nothing has one point without assignments. Apply one with [Document.With].
func (g Grid) Points() [][]Assignment {
	points := [][]Assignment{nil}
	for _, a := range g.axes {
		var longer [][]Assignment
		for _, point := range points {
			for _, v := range a.values {
				longer = append(longer, append(slices.Clip(point), Assignment{a.path, v}))
			}
		}
		points = longer
	}
	return points
}

// With returns the document with the assignments made, as [Document.Set] makes
// them; d stays as it is. Shorter paths go first, so that a choice and its
// parameters can vary together. Parameters that the document gives a choice hold
// for every value of it, unless the document names another one. The values keep the positions they have in the grid.
func (d *Document) With(point ...Assignment) (*Document, error) {
	with := &Document{d.root}
	ordered := slices.Clone(point)
	slices.SortStableFunc(ordered, func(a, b Assignment) int {
		return strings.Count(a.Path, ".") - strings.Count(b.Path, ".")
	})
	var faults Faults
	for _, a := range ordered {
		under, _ := with.Root().Get(a.Path)
		faults = append(faults, faultsOf(with.put(a.Path, a.value.choiceOver(under.n)))...)
	}
	return with, faults.err()
}

func (d *decoder) grid(n *node, path string, s *shape, to *Grid) {
	if n.isNull() {
		return
	}
	if n.kind != mappingKind {
		d.mismatch(n, path, s, "")
		return
	}
	before := len(d.faults)
	var made Grid
	d.axes(n, path, "", &made)
	points := 1
	for _, a := range made.axes {
		if points *= len(a.values); points > maxPoints {
			d.fault(n.at, path, "", "more than %d combinations", maxPoints)
			break
		}
	}
	if len(d.faults) == before {
		*to = made
	}
}

// axes gathers the lists below a mapping; prefix is the path they vary so far.
func (d *decoder) axes(n *node, path, prefix string, to *Grid) {
	for _, e := range d.unique(n, path) {
		at, varied := join(path, e.key), join(prefix, e.key)
		switch {
		case slices.Contains(strings.Split(e.key, "."), ""):
			d.fault(e.at, at, "", "%q is not a dotted key", e.key)
		case e.value.kind == mappingKind && len(e.value.entries) > 0:
			d.axes(e.value, at, varied, to)
		case e.value.kind != listKind:
			d.fault(e.value.at, at, "put the values in brackets: [a, b]", "found %s, expected a list of values",
				e.value.describe())
		case len(e.value.items) == 0:
			d.fault(e.value.at, at, "leave the key out to keep one value", "no values to try")
		case slices.ContainsFunc(to.axes, func(a axis) bool { return a.path == varied }):
			d.fault(e.at, at, "", "%s is varied twice", varied)
		default:
			d.distinct(e.value.items, at)
			to.axes = append(to.axes, axis{varied, e.at, e.value.items})
		}
	}
}

func (d *decoder) distinct(values []*node, path string) {
	seen := map[string]bool{}
	for _, v := range values {
		text := string(v.json())
		if seen[text] {
			d.fault(v.at, path, "every value makes a run of its own", "%s is listed twice", shorten(v.flow()))
		}
		seen[text] = true
	}
}

func (g Grid) encode() *node {
	n := &node{kind: mappingKind}
	for _, a := range g.axes {
		n.entries = append(n.entries, entry{key: a.path, value: &node{kind: listKind, items: a.values}})
	}
	return n
}
