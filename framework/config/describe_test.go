package config

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func chosenDefaults() sample {
	s := defaults()
	s.Method = alternatives()[1]
	s.Views = []view{{Size: 32, Scale: &crop{0.2, 1}}, {Size: 16}}
	s.Probes = []Choice{Chosen("knn", struct {
		K int `yaml:"k" range:"[1,inf)" doc:"neighbors"`
	}{200}), Chosen("linear", nil)}
	return s
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

func TestSkeleton(t *testing.T) {
	var b bytes.Buffer
	if err := Skeleton(&b, chosenDefaults()); err != nil {
		t.Fatal(err)
	}
	golden(t, "skeleton.yml", b.String())
	got := decoded(t, b.Bytes())
	if diff := cmp.Diff(string(Canonical(chosenDefaults())), string(Canonical(got))); diff != "" {
		t.Errorf("the skeleton decodes to something else (-want +got):\n%s", diff)
	}
}

// decoded is the sample with its method and first probe resolved.
func decoded(t testing.TB, data []byte) sample {
	t.Helper()
	document, err := Parse("test.yml", data)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	got, err := resolve(document)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return got
}

func TestSchema(t *testing.T) {
	schema := Schema(chosenDefaults(), Alternatives{"method": alternatives()})
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.json", string(text)+"\n")
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text string) error {
		document, err := Parse("test.yml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(document.root.json(), &v); err != nil {
			t.Fatal(err)
		}
		return resolved.Validate(v)
	}
	var skeleton bytes.Buffer
	if err := Skeleton(&skeleton, chosenDefaults()); err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{
		skeleton.String(), "method: simclr", "method: {name: simclr, temperature: 0.1}", "train: {clip: null}",
		"train: {patience: 1h30m}", "level: 5", "grid: {seed: [1, 2], train: {batch: [4]}}", "{}",
		"method: {queue: 3}", "stages: [{blocks: 1}]", "dataset: {name: shapes, root: /}",
	} {
		if err := validate(good); err != nil {
			t.Errorf("the schema refuses\n%s\n%v", good, err)
		}
	}
	for _, bad := range []string{
		"sede: 1", "method: byol", "method: {name: simclr, queue: 3}", "method: {nam: simclr}",
		"method: {name: moco, temperature: 0}", "train: {batch: 1}", "train: {batch: 2.5}", "train: {clip: 0}",
		"mean: [0, 0]", "level: 3", "output: yaml", "weights: {a: -1}", "seed: -1", "train: {patience: 30}",
		"grid: {seed: []}", "train: {optimizer: {exclude: [gamma]}}", "dataset: {root: /}", "stages: [{kind: plain}]",
	} {
		if validate(bad) == nil {
			t.Errorf("the schema accepts %s", bad)
		}
	}
}

func TestMarkdown(t *testing.T) {
	golden(t, "fields.md", Markdown(Describe(chosenDefaults())))
}

func TestDescribe(t *testing.T) {
	fields := Describe(chosenDefaults())
	got := map[string]Field{}
	for _, f := range fields {
		got[f.Path] = f
	}
	for _, want := range []Field{
		{Path: "method", Type: "choice", Default: "moco", Doc: "what is trained"},
		{Path: "method.temperature", Type: "number", Default: "0.5", Doc: "softmax temperature", Range: "(0,inf)",
			Source: "Chen et al. 2020, §5.1"},
		{Path: "train.clip", Type: "optional number", Default: "null", Doc: "largest gradient norm", Range: "(0,inf)"},
		{Path: "train.patience", Type: "duration", Default: "1m30s", Doc: "how long to wait", Range: "[0s,24h]"},
		{Path: "views[].scale.low", Type: "number", Default: "0", Range: "[0,1]"},
		{Path: "schedules.*.size", Type: "integer", Default: "0", Doc: "edge in pixels"},
		{Path: "stages[].blocks", Type: "integer", Required: true, Doc: "residual blocks", Range: "[1,inf)"},
		{Path: "output", Type: "string", Default: "text", OneOf: []string{"text", "json", "csv"}},
		{Path: "train", Type: "section", Doc: "the training loop"},
		{Path: "mean", Type: "list of 3 numbers", Default: "[0, 0, 0]", Doc: "mean of the channels", Range: "[0,1]"},
	} {
		if diff := cmp.Diff(want, got[want.Path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Path, diff)
		}
	}
	if slices.ContainsFunc(fields, func(f Field) bool {
		return strings.Contains(f.Path, "ignored") || strings.Contains(f.Path, "private")
	}) {
		t.Error("a field that is not configured is described")
	}
}
