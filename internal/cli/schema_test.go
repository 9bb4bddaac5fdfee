package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/internal/app"
)

// printed runs a command and returns what it prints.
func printed(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := Execute(t.Context(), app.Extensions{}, args, &stdout, &stderr); code != 0 {
		t.Fatalf("%q exits with %d: %s", args, code, &stderr)
	}
	return stdout.Bytes()
}

// instance is a YAML document as JSON values.
func instance(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(encoded, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEverySkeletonIsValidByTheSchema(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(printed(t, "config", "schema"), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(args ...string) {
		t.Helper()
		if err := resolved.Validate(instance(t, printed(t, append([]string{"config", "new"}, args...)...))); err != nil {
			t.Errorf("config new %q: %v", args, err)
		}
	}
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range catalog.Methods.All() {
		check(method.Name)
		for _, preset := range method.PresetNames() {
			check(method.Name, "--preset", preset)
			check(method.Name, "--preset", preset, "--backbone", "vit-ti")
		}
	}
	for _, backbone := range catalog.Backbones.All() {
		if backbone.Input == backbones.Images {
			check("simclr", "--backbone", backbone.Name)
		}
	}
	for _, dataset := range catalog.Datasets.Names() {
		args := []string{"simclr", "--dataset", dataset}
		if dataset == "folder" || dataset == "pairs" || dataset == "webdataset" {
			args = append(args, "--set", "dataset.path=photos", "--set", "dataset.test_fraction=0.2")
		}
		check(args...)
	}
	for _, wrong := range []string{
		"method: simcrl", "method: {name: simclr, temprature: 1}", "train: {batch_size: 1}", "seed: one", "evil: {}",
	} {
		if err := resolved.Validate(instance(t, []byte(wrong))); err == nil {
			t.Errorf("%s is valid", wrong)
		}
	}
}
