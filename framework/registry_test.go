package framework

import (
	"errors"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
)

type named string

func (n named) Key() string { return string(n) }

func TestRegistryRefusesBadNames(t *testing.T) {
	for _, test := range []struct {
		names []named
		want  string
	}{
		{[]named{"simclr", "byol", "simclr"}, `method "simclr" is registered already; each needs a name of its own`},
		{[]named{""}, `method name "": use lower-case letters, digits and hyphens`},
		{[]named{"My Method"}, `method name "My Method": use lower-case letters, digits and hyphens`},
	} {
		if _, err := NewRegistry("method", test.names...); err == nil || err.Error() != test.want {
			t.Errorf("%q: got error %v, want %s", test.names, err, test.want)
		}
	}
}

func TestUnknownNamesAreExplained(t *testing.T) {
	registry, err := NewRegistry("method", named("simclr"), named("byol"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = registry.Get("simcrl")
	var unknown *UnknownNameError
	if !errors.As(err, &unknown) || unknown.Name != "simcrl" {
		t.Fatalf("got error %v", err)
	}
	for _, part := range []string{`unknown method "simcrl"`, `did you mean "simclr"?`, "known methods:"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q lacks %q", err, part)
		}
	}
	if got, err := registry.Get("byol"); err != nil || got != "byol" {
		t.Errorf("got %v, %v", got, err)
	}
}

type sample struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
}

func newSample(sample) (Method, error) { return nil, nil }

func TestFactoriesKnowTheirOriginAndKeepTheirDefaults(t *testing.T) {
	f := NewFactory(Info{Name: "sample", Recipe: "simclr"}, sample{Temperature: 0.5}, newSample)
	if want := "github.com/kontrast-ml/kontrast/framework"; f.Origin() != want {
		t.Errorf("the origin is %q, want %q", f.Origin(), want)
	}
	f.Defaults().(*sample).Temperature = 9
	if got := f.Defaults().(*sample).Temperature; got != 0.5 {
		t.Errorf("a caller changed the defaults to %v", got)
	}
	doc, err := config.Parse("run.yaml", []byte("method: {name: sample, temperature: -1}"))
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Method config.Choice `yaml:"method"`
	}
	if err := config.Decode(doc.Root(), &spec); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Decode(spec.Method); err == nil || !strings.Contains(err.Error(), "run.yaml:1:") {
		t.Errorf("got error %v, want one with the line", err)
	}
	for _, bad := range []struct {
		params any
		want   string
	}{
		{&sample{Temperature: -1}, "temperature: -1 is out of range (0,inf)"},
		{sample{Temperature: 1}, "parameters are of type framework.sample, want a *framework.sample as Defaults returns"},
		{(*sample)(nil), "want a *framework.sample as Defaults returns"},
		{nil, "want a *framework.sample as Defaults returns"},
	} {
		if _, err := f.New(bad.params); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%v: got error %v, want one with %q", bad.params, err, bad.want)
		}
	}
	if _, err := f.New(f.Defaults()); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	if got := f.RecipeFor(32); got != "simclr-cifar" {
		t.Errorf("the recipe for small images is %q", got)
	}
	if got := f.RecipeFor(224); got != "simclr" {
		t.Errorf("the recipe for large images is %q", got)
	}
}
