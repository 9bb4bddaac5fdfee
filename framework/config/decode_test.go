package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeKeepsDefaults(t *testing.T) {
	before := chosenDefaults()
	snapshot := string(Canonical(before))
	got := before
	document, err := Parse("test.yml", []byte(`
train: {batch: 1e2, queue: 0x64, patience: 2h, clip: 3}
weights: {b: 2}
views: [{size: 8}]
tags: [2024-01-01, "", "null"]
level: 5
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := Decode(document.Root(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Train.Batch != 100 || got.Train.Queue != 100 || got.Train.Patience != 2*time.Hour || *got.Train.Clip != 3 ||
		got.Level != 5 {
		t.Errorf("got %+v", got.Train)
	}
	if got.Train.Optimizer.LR != 0.3 || got.Seed != 1 || got.Method.Name != "moco" {
		t.Error("a default is lost")
	}
	if diff := cmp.Diff(map[string]float32{"b": 2}, got.Weights); diff != "" {
		t.Errorf("a map is merged, expected it replaced (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2024-01-01", "", "null"}, got.Tags); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if string(Canonical(before)) != snapshot {
		t.Error("decoding changed the defaults it started from")
	}
}

func TestDecodeNeverWritesThroughDefaults(t *testing.T) {
	type params struct {
		Clip  *float64       `yaml:"clip"`
		Crop  *crop          `yaml:"crop"`
		Sizes []int          `yaml:"sizes"`
		Table map[string]int `yaml:"table"`
	}
	base := params{new(1.0), &crop{0.2, 1}, []int{1, 2}, map[string]int{"a": 1}}
	copied := base
	document, _ := Parse("", []byte("{clip: 2, crop: {low: 0.5}, sizes: [9, 9], table: {a: 9}}"))
	if err := Decode(document.Root(), &copied); err != nil {
		t.Fatal(err)
	}
	if *base.Clip != 1 || base.Crop.Low != 0.2 || base.Sizes[0] != 1 || base.Table["a"] != 1 {
		t.Errorf("the defaults are now %+v", base)
	}
	if copied.Crop.Low != 0.5 || copied.Crop.High != 1 {
		t.Errorf("a section behind a pointer lost its default: %+v", copied.Crop)
	}
}

func TestDecodeEmpty(t *testing.T) {
	for _, text := range []string{"", "\n# nothing\n", "null", "{}", "---\n"} {
		document, err := Parse("test.yml", []byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := defaults()
		if err := Decode(document.Root(), &got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if string(Canonical(got)) != string(Canonical(defaults())) {
			t.Errorf("%q changes the defaults", text)
		}
	}
	var nothing sample
	err := Decode(Node{}, &nothing)
	if err == nil || !strings.Contains(err.Error(), "method: nothing is chosen") {
		t.Errorf("got %v, expected that no method is chosen", err)
	}
}

// What is sound is stored although the rest is not: the choices can still be resolved.
func TestDecodeStoresWhatIsSound(t *testing.T) {
	document, _ := Parse(
		"test.yml", []byte("{seed: x, study: s, method: byol, probes: [knn, 3], train: {batch: 1, queue: 4}}"),
	)
	got := defaults()
	if Decode(document.Root(), &got) == nil {
		t.Fatal("no faults")
	}
	if got.Seed != 1 || got.Train.Batch != 256 {
		t.Error("a value at fault is stored")
	}
	if got.Study != "s" || got.Method.Name != "byol" || len(got.Probes) != 2 || got.Probes[0].Name != "knn" ||
		got.Train.Queue != 4 {
		t.Errorf("a sound value is not stored: %+v", got)
	}
}

func TestDecodeRefusesWhatCannotBeConfigured(t *testing.T) {
	type recursive struct{ Next *recursive }
	for _, test := range []struct {
		dst  any
		want string
	}{
		{sample{}, "expected a pointer to a struct"},
		{(*sample)(nil), "expected a pointer to a struct"},
		{nil, "expected a pointer to a struct"},
		{new(int), "expected a pointer to a struct"},
		{&struct{ C chan int }{}, "C: chan int cannot be configured"},
		{&struct{ A any }{}, "A: interface {} cannot be configured"},
		{&struct{ M map[int]string }{}, "keys of a map must be strings"},
		{&struct{ P **int }{}, "pointer inside a pointer"},
		{&recursive{}, "contains itself"},
		{&struct {
			A int `range:"1..2"`
		}{}, `range "1..2": expected two bounds in brackets`},
		{&struct {
			A int `range:"[2,1]"`
		}{}, "expected two bounds"},
		{&struct {
			A int `range:"[0,inf]"`
		}{}, "expected two bounds"},
		{&struct {
			A string `range:"[0,1]"`
		}{}, "a range needs numbers or durations"},
		{&struct {
			A time.Duration `range:"[0,1]"`
		}{}, "expected two bounds"},
		{&struct {
			A float64 `oneof:"1,2"`
		}{}, "oneof needs strings or integers"},
		{&struct {
			A int `yaml:"x"`
			B int `yaml:"x"`
		}{}, `two fields have the key "x"`},
		{&struct {
			A int `yaml:"x.y"`
		}{}, "holds a dot"},
		{&struct {
			A int `yaml:",inline"`
		}{}, "only a struct can be inline"},
	} {
		err := Decode(Node{}, test.dst)
		var faults Faults
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &faults) {
			t.Errorf("%T: got %v, expected an error with %q", test.dst, err, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check(defaults()); err != nil {
		t.Error(err)
	}
	if err := Check(&struct{ Method Choice }{}); err != nil {
		t.Errorf("a choice that is still to be made is a fault: %v", err)
	}
	bad := defaults()
	bad.Train.Batch, bad.Output = 1, "xml"
	err := Check(&bad)
	want := `train.batch: 1 is out of range [2,65536]
  hint: samples a step (Chen et al. 2020, §2.2)
output: unknown value "xml"; known values: text, json, csv`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nexpected\n%s", err, want)
	}
	inconsistent := defaults()
	inconsistent.Verbose, inconsistent.Level = true, 1
	if err := Check(inconsistent); err == nil || err.Error() != "verbose: cannot go with level 1" {
		t.Errorf("got %v, expected what Validate says", err)
	}
	if bad.Train.Batch != 1 {
		t.Error("Check changed what it checked")
	}
	for _, v := range []any{nil, 3, (*sample)(nil), &struct{ C chan int }{}} {
		if Check(v) == nil {
			t.Errorf("Check accepts %T", v)
		}
	}
}

func TestLoad(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "run.yaml")
	if err := os.WriteFile(path, []byte("seed: 1\nsede: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	document, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s := defaults()
	var faults Faults
	if err := Decode(document.Root(), &s); !errors.As(err, &faults) || len(faults) != 1 {
		t.Fatalf("got %v, expected one fault", err)
	}
	if want := (Position{path, 2, 1}); faults[0].Position != want || faults[0].Path != "sede" {
		t.Errorf("got %+v, expected %v", faults[0], want)
	}
	if _, err := Load(filepath.Join(directory, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, expected that there is no such file", err)
	}
	if _, err := Load(directory); err == nil {
		t.Error("a directory loads")
	}
	if err := os.WriteFile(path, make([]byte, 3<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("", []byte(strings.Repeat("a", 300)+": 1")); err == nil ||
		!strings.Contains(err.Error(), "a key longer than 256 bytes") {
		t.Errorf("got %v, expected that the key is too long", err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("got %v, expected that the file is too large", err)
	}
}

func TestDepth(t *testing.T) {
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", 200_000),
		"dashes":   strings.Repeat("- ", 50_000) + "x",
		"closed":   strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"mappings": strings.Repeat("{a: ", 100) + "1" + strings.Repeat("}", 100),
		"aliases": "a: &a " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\nb: " + strings.Repeat("[", 50) + "*a" +
			strings.Repeat("]", 50),
	} {
		if _, err := Parse("deep.yml", []byte(text)); err == nil || !strings.Contains(err.Error(), "deep") {
			t.Errorf("%s: got %v, expected that it is too deep", name, err)
		}
	}
	document, err := Parse("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Set(strings.Repeat("a.", 100) + "a=1"); err == nil ||
		!strings.Contains(err.Error(), "deeper than 64 levels") {
		t.Errorf("got %v, expected that it is too deep", err)
	}
}

func TestLocate(t *testing.T) {
	document, err := Parse("run.yml", []byte("train:\n  batch: 4\n  views: [{size: 3}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	train, ok := document.Root().Get("train")
	if !ok {
		t.Fatal("train is not there")
	}
	err = train.Locate(errors.Join(Faultf("views.0.size", "too small"),
		fmt.Errorf("while counting: %w", Faultf("batch", "odd")),
		errors.New("too slow"), Faults{{Position: Position{"other.yml", 1, 1}, Path: "x", Message: "kept"}}))
	want := `other.yml:1:1: x: kept
run.yml:2:3: train: too slow
run.yml:2:10: train.batch: while counting: batch: odd
run.yml:3:18: train.views.0.size: too small`
	if err.Error() != want {
		t.Errorf("got\n%v\nexpected\n%s", err, want)
	}
	if got := document.Root().Faultf("train.epochs", "missing").Error(); got != "run.yml:2:3: train.epochs: missing" {
		t.Errorf("got %s, expected the section around the key", got)
	}
}

func TestSetDefaults(t *testing.T) {
	type network struct {
		Stages []stage          `yaml:"stages"`
		Named  map[string]stage `yaml:"named"`
		Stem   *stage           `yaml:"stem"`
	}
	document, err := Parse(
		"", []byte("{stages: [{blocks: 2}, {blocks: 1, kind: bottleneck}], named: {a: {blocks: 3}}, stem: {blocks: 4}}"),
	)
	if err != nil {
		t.Fatal(err)
	}
	var got network
	if err := Decode(document.Root(), &got); err != nil {
		t.Fatal(err)
	}
	want := network{[]stage{{2, "plain"}, {1, "bottleneck"}}, map[string]stage{"a": {3, "plain"}}, &stage{4, "plain"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got = network{Stem: &stage{Blocks: 9, Kind: "bottleneck"}}
	if err := Decode(document.Root(), &got); err != nil || got.Stem.Kind != "bottleneck" {
		t.Errorf("got %+v (%v), expected the section behind the pointer to keep its own default", got.Stem, err)
	}
}
