package methods_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/methods"
)

// catalog has the built-in methods, backbones and data sets.
func catalog(t *testing.T) experiment.Catalog {
	t.Helper()
	registered, err := framework.NewRegistry("method", methods.Builtin()...)
	if err != nil {
		t.Fatal(err)
	}
	networks, err := framework.NewRegistry("backbone", backbones.Builtin()...)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := framework.NewRegistry("dataset", data.Builtin()...)
	if err != nil {
		t.Fatal(err)
	}
	return experiment.Catalog{Methods: registered, Backbones: networks, Datasets: sets}
}

// TestPresetsAreConfigurations reads each preset as the configuration of a run
// of its method, whose parameters it gives with their source.
func TestPresetsAreConfigurations(t *testing.T) {
	all := catalog(t)
	for _, factory := range methods.Builtin() {
		if factory.Presets == nil {
			t.Errorf("%s has no presets", factory.Name)
			continue
		}
		files, err := fs.Glob(factory.Presets, "*.yaml")
		if err != nil || len(files) == 0 {
			t.Errorf("%s: presets %v, error %v; want at least one", factory.Name, files, err)
		}
		for _, file := range files {
			name := factory.Name + "/" + strings.TrimSuffix(file, path.Ext(file))
			t.Run(name, func(t *testing.T) {
				text, err := fs.ReadFile(factory.Presets, file)
				if err != nil {
					t.Fatal(err)
				}
				doc, err := config.Parse(file, text)
				if err != nil {
					t.Fatal(err)
				}
				plan, err := all.Resolve(doc, experiment.Defaults())
				if err != nil {
					t.Fatal(err)
				}
				if plan.Method.Name != factory.Name {
					t.Errorf("the preset is of method %s", plan.Method.Name)
				}
				if _, err := factory.New(plan.Spec.Method.Params); err != nil {
					t.Error(err)
				}
				for _, key := range []string{"epochs", "batch_size", "optimizer.name", "optimizer.weight_decay",
					"optimizer.decay_all",
					"learning_rate.base", "learning_rate.schedule", "learning_rate.warmup_epochs"} {
					if _, given := doc.Root().Get("train." + key); !given {
						t.Errorf("the preset leaves train.%s to the defaults, which are not its source's", key)
					}
				}
				if !strings.HasPrefix(string(text), "# ") {
					t.Error("the preset doesn't begin with its source")
				}
			})
		}
	}
}

// TestTheLineageLeadsBack follows every method to one that builds on none.
func TestTheLineageLeadsBack(t *testing.T) {
	from := map[string][]string{}
	for _, factory := range methods.Builtin() {
		from[factory.Name] = factory.From
	}
	var follow func(name string, path []string)
	follow = func(name string, path []string) {
		origins, found := from[name]
		if !found {
			t.Errorf("%v: there is no method %q", path, name)
		}
		if slices.Contains(path, name) {
			t.Fatalf("%v builds on itself through %q", path, name)
		}
		for _, origin := range origins {
			follow(origin, append(path, name))
		}
	}
	for name := range from {
		follow(name, nil)
	}
}

// TestRegistrationsAreComplete holds what the tables and the documentation are made from.
func TestRegistrationsAreComplete(t *testing.T) {
	for _, factory := range methods.Builtin() {
		h := factory.Hooks
		for what, text := range map[string]string{
			"title": factory.Title, "paper": factory.Paper, "change": factory.Change,
			"positives": h.Positives, "negatives": h.Negatives, "loss": h.Loss, "update": h.Update,
		} {
			if text == "" {
				t.Errorf("%s: the %s is missing", factory.Name, what)
			}
		}
		if !strings.Contains(factory.Paper, "arXiv:") && !strings.Contains(factory.Paper, "doi:") {
			t.Errorf("%s: the paper %q has no arXiv number or DOI", factory.Name, factory.Paper)
		}
		if _, err := augment.Named(factory.Recipe, 224); err != nil {
			t.Errorf("%s: %v", factory.Name, err)
		}
		if _, err := factory.New(factory.Defaults()); err != nil {
			t.Errorf("%s with its defaults: %v", factory.Name, err)
		}
		if err := config.Check(factory.Defaults()); err != nil {
			t.Errorf("%s: the defaults: %v", factory.Name, err)
		}
	}
}

// TestAMethodIsAPage keeps the file that registers a method, and tells its four
// hooks, as short as its paper's algorithm box allows.
func TestAMethodIsAPage(t *testing.T) {
	const most = 129
	registering := 0
	err := fs.WalkDir(methods.Sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(methods.Sources, name)
		if err != nil || !strings.Contains(string(text), "framework.NewFactory(") {
			return err
		}
		registering++
		if lines := strings.Count(string(text), "\n"); lines > most {
			t.Errorf("%s has %d lines, more than %d: what is not a hook belongs to a file of its own", name, lines, most)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if least := len(methods.Builtin()) - 1; registering < least { // MoCo v1 and v2 share a file
		t.Errorf("%d files register methods, want at least %d", registering, least)
	}
}
