package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDecode: no text makes the decoder panic; what it accepts passes Check and
// survives its canonical form; what it refuses it refuses with faults.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "train.batch=4")
	}
	f.Add("a: &a [*a]", "views.0.scale={low: 1}")
	f.Add("<<: [{a: 1}, {<<: {b: 2}}]", "method.name=")
	f.Add("? &a a\n: *a", "=")
	f.Fuzz(func(t *testing.T, text, assignment string) {
		document, err := Parse("fuzz.yml", []byte(text))
		if err != nil {
			requireFaults(t, err)
			return
		}
		if err := document.Set(assignment); err != nil {
			requireFaults(t, err)
		}
		s, err := resolve(document)
		if err != nil {
			requireFaults(t, err)
			return
		}
		if err := Check(s); err != nil {
			t.Fatalf("what was decoded does not pass: %v", err)
		}
		canonical := Canonical(s)
		again, err := Parse("canonical.json", canonical)
		if err != nil {
			t.Fatalf("%v in %s", err, canonical)
		}
		if s, err = resolve(again); err != nil {
			t.Fatalf("%v in %s", err, canonical)
		}
		if got := string(Canonical(s)); got != string(canonical) {
			t.Fatalf("got  %s\nwant %s", got, canonical)
		}
		var skeleton strings.Builder
		if err := Skeleton(&skeleton, s); err != nil {
			t.Fatal(err)
		}
		if _, err = Parse("skeleton.yml", []byte(skeleton.String())); err != nil {
			t.Fatalf("%v in\n%s", err, skeleton.String())
		}
	})
}

func requireFaults(t *testing.T, err error) {
	t.Helper()
	var faults Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("got %T %v, expected faults", err, err)
	}
	for _, f := range faults {
		if f.Message == "" || f.File == "" {
			t.Fatalf("a fault without message or place: %+v", f)
		}
	}
}
