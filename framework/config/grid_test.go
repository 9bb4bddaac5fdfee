package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestGrid(t *testing.T) {
	document, err := Parse("study.yml", []byte(`
method: simclr
grid:
  method.temperature: [0.1, 0.5]
  train: {batch: [8, 1], optimizer.lr: [0.3]}
  method: [simclr, {name: moco, queue: 8}]
`))
	if err != nil {
		t.Fatal(err)
	}
	study := decoded(t, []byte("grid: "+document.root.child("grid").flow()))
	if err := Decode(document.Root(), &study); err != nil {
		t.Fatal(err)
	}
	axes := "[{method.temperature [0.1 0.5]} {train.batch [8 1]} {train.optimizer.lr [0.3]} {method [simclr {name: " +
		"moco, queue: 8}]}]"
	if got := fmt.Sprint(study.Grid.Axes()); got != axes {
		t.Errorf("the axes are %s, expected %s", got, axes)
	}
	points := study.Grid.Points()
	if study.Grid.Size() != 8 || len(points) != 8 {
		t.Fatalf("size %d, %d points, expected 8", study.Grid.Size(), len(points))
	}
	for i, want := range []string{
		"[method.temperature=0.1 train.batch=8 train.optimizer.lr=0.3 method=simclr]",
		"[method.temperature=0.1 train.batch=8 train.optimizer.lr=0.3 method={name: moco, queue: 8}]",
		"[method.temperature=0.1 train.batch=1 train.optimizer.lr=0.3 method=simclr]",
	} {
		if got := fmt.Sprint(points[i]); got != want {
			t.Errorf("point %d is %s, expected %s", i, got, want)
		}
	}

	before := document.root.flow()
	if n, ok := document.Root().Get("grid.method.temperature"); !ok || n.n.flow() != "[0.1, 0.5]" {
		t.Error("a dotted key is not found by its path")
	}
	first, err := document.With(points[1]...)
	if err != nil {
		t.Fatal(err)
	}
	if got := first.root.child("method").flow(); got != "{name: moco, queue: 8, temperature: 0.1}" {
		t.Errorf("the method is %s: the choice must be made before its parameter", got)
	}
	if document.root.flow() != before {
		t.Error("With changed the document it started from")
	}

	bad, err := document.With(points[2]...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = resolve(bad)
	if err == nil || !strings.HasPrefix(err.Error(), "study.yml:5:22: train.batch: 1 is out of range") {
		t.Errorf("got %v, expected the line of the grid", err)
	}
}

func TestParametersOfAChoiceHoldForAllItsValues(t *testing.T) {
	for _, test := range []struct{ document, value, want string }{
		{"method: {queue: 8}", "moco", "{queue: 8, name: moco}"},
		{"method: {queue: 8, temperature: 0.1}", "{name: moco, queue: 4}", "{queue: 4, temperature: 0.1, name: moco}"},
		{"method: {name: moco, queue: 8}", "moco", "{name: moco, queue: 8}"},
		{"method: {name: moco, queue: 8}", "simclr", "simclr"},
		{"method: moco", "simclr", "simclr"},
		{"method: {name: moco, queue: 8}", "{name: simclr, temperature: 0.2}", "{name: simclr, temperature: 0.2}"},
		{"method: {queue: 8}", "3", "3"},
	} {
		document, err := Parse("study.yml", []byte(test.document))
		if err != nil {
			t.Fatal(err)
		}
		grid := decoded(t, []byte("grid: {method: ["+test.value+"]}")).Grid
		with, err := document.With(grid.Points()[0]...)
		if err != nil {
			t.Fatal(err)
		}
		if got := with.root.child("method").flow(); got != test.want {
			t.Errorf("%s with %s is %s, expected %s", test.document, test.value, got, test.want)
		}
		if strings.HasPrefix(test.value, "{") {
			continue // an assignment of a mapping replaces what there was
		}
		if err := document.Set("method=" + test.value); err != nil {
			t.Fatal(err)
		}
		if got := document.root.child("method").flow(); got != test.want {
			t.Errorf("%s set to %s is %s, expected %s", test.document, test.value, got, test.want)
		}
	}
}

func TestGridOfNothing(t *testing.T) {
	var g Grid
	if points := g.Points(); g.Size() != 1 || len(points) != 1 || len(points[0]) != 0 {
		t.Errorf("got %v, expected one point without assignments", points)
	}
	for _, text := range []string{"grid:", "grid: {}"} {
		if got := decoded(t, []byte(text)).Grid.Size(); got != 1 {
			t.Errorf("%s has %d points", text, got)
		}
	}
}

func TestAnAssignmentThatNoGridMadeIsNull(t *testing.T) {
	made := Assignment{Path: "a.b"}
	if got := made.String(); got != "a.b=null" {
		t.Errorf("got %q", got)
	}
	doc, err := (&Document{}).With(made)
	if err != nil {
		t.Fatal(err)
	}
	if found, ok := doc.Over(nil).Root().Get("a.b"); !ok || !found.n.isNull() {
		t.Errorf("a.b is %v, there %v; want null", found.n, ok)
	}
}

func TestGridFromFlag(t *testing.T) {
	var document Document
	if err := document.Set("grid.method.temperature=[0.1, 0.2]"); err != nil {
		t.Fatal(err)
	}
	s := defaults()
	if err := Decode(document.Root(), &s); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.Grid.Axes()); got != "[{method.temperature [0.1 0.2]}]" {
		t.Errorf("got %s", got)
	}
	if got := string(Canonical(struct {
		G Grid `yaml:"grid"`
	}{s.Grid})); got != `{"grid":{"method.temperature":[0.1,0.2]}}` {
		t.Errorf("got %s", got)
	}
}

func TestGridConflict(t *testing.T) {
	document, err := Parse("study.yml", []byte("views: [{size: 3}]\ngrid: {views.4.size: [1, 2]}"))
	if err != nil {
		t.Fatal(err)
	}
	s := defaults()
	if err := Decode(document.Root(), &s); err != nil {
		t.Fatal(err)
	}
	_, err = document.With(s.Grid.Points()[0]...)
	if err == nil || !strings.HasPrefix(err.Error(), `study.yml:2:23: views.4.size: "4" is not an item of a list of 1`) {
		t.Errorf("got %v", err)
	}
}
