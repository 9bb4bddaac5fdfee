package config

import (
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	for _, test := range []struct{ name, text, set, want string }{
		{"create", "", "a.b.c=1", "{a: {b: {c: 1}}}"},
		{"replace", "a: {b: 1, c: 2}", "a.b=3", "{a: {b: 3, c: 2}}"},
		{"add", "a: {b: 1}", "a.c=2", "{a: {b: 1, c: 2}}"},
		{"into null", "a:", "a.b=1", "{a: {b: 1}}"},
		{"list item", "a: [{b: 1}, {b: 2}]", "a.1.b=3", "{a: [{b: 1}, {b: 3}]}"},
		{"whole list", "a: [1, 2]", "a=[3]", "{a: [3]}"},
		{"short form", "method: simclr", "method.temperature=0.1", "{method: {name: simclr, temperature: 0.1}}"},
		{"another choice", "method: {name: simclr, temperature: 1}", "method=moco", "{method: moco}"},
		{"another name", "method: {name: simclr, temperature: 1}", "method.name=moco",
			"{method: {name: moco, temperature: 1}}"},
		{"equals sign in the value", "", "a=b=c", "{a: b=c}"},
		{"empty value", "a: 1", "a=", "{a: null}"},
		{"empty string", "a: 1", "a=''", "{a: }"},
		{"mapping", "", "a={b: [1, 2]}", "{a: {b: [1, 2]}}"},
		{"spaces", "", " a.b = 1", "{a: {b: 1}}"},
		{"one of two aliases", "a: &x {k: 1}\nb: *x", "b.k=2", "{a: {k: 1}, b: {k: 2}}"},
		{"dotted key", "grid: {a.b: [1], c: [2]}", "grid.a.b=[3]", "{grid: {a.b: [3], c: [2]}}"},
		{"merged", "a: &x {k: 1, l: 1}\nb: {<<: *x, l: 2}", "b.k=3", "{a: {k: 1, l: 1}, b: {l: 2, k: 3}}"},
	} {
		document, err := Parse("test.yml", []byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		if err := document.Set(test.set); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := document.root.flow(); got != test.want {
			t.Errorf("%s: got %s, expected %s", test.name, got, test.want)
		}
	}
}

func TestSetZeroDocument(t *testing.T) {
	var document Document
	if err := document.Set("train.batch=4", "bad", "train.queue=8"); err == nil || err.Error() != "--set bad: no "+
		"value\n  hint: write KEY=VALUE, such as seed=3" {
		t.Errorf("got %v", err)
	}
	if got := document.root.flow(); got != "{train: {batch: 4, queue: 8}}" {
		t.Errorf("got %s, expected the sound assignments made", got)
	}
	err := document.Assign("--batch-size 1", "train.batch", "1")
	s := defaults()
	if err != nil || Decode(document.Root(), &s) == nil {
		t.Fatal("a batch of 1 passes")
	}
	if got := Decode(document.Root(), &s).Error(); !strings.HasPrefix(got, "--batch-size 1: train.batch: 1 is out of "+
		"range [2,65536]") {
		t.Errorf("got %s", got)
	}
}

func TestNode(t *testing.T) {
	document, err := Parse("test.yml", []byte("method: {name: simclr, preset: paper}\nviews: [1, {a: 2}]\nnone:\n"))
	if err != nil {
		t.Fatal(err)
	}
	root := document.Root()
	if got := strings.Join(root.Keys(), " "); got != "method views none" {
		t.Errorf("the keys are %s", got)
	}
	for path, want := range map[string]string{"method.preset": "paper", "views.0": "1", "views.1.a": "2"} {
		n, ok := root.Get(path)
		if !ok || n.Path() != path {
			t.Fatalf("%s is not found, or as %s", path, n.Path())
		}
		if text, ok := n.Text(); !ok || text != want {
			t.Errorf("%s is %q, expected %q", path, text, want)
		}
	}
	for _, path := range []string{"method.temperature", "views.2", "views.-1", "views.x", "method.name.x"} {
		if _, ok := root.Get(path); ok {
			t.Errorf("%s is found", path)
		}
	}
	for _, path := range []string{"method", "views", "none"} {
		n, _ := root.Get(path)
		if text, ok := n.Text(); ok {
			t.Errorf("%s is the scalar %q", path, text)
		}
	}
	if n, _ := root.Get("views.1.a"); n.Position() != (Position{"test.yml", 2, 16}) {
		t.Errorf("the position is %v", n.Position())
	}
	var zero Node
	if zero.Keys() != nil || zero.Position() != (Position{}) {
		t.Error("the zero node is not empty")
	}
}
