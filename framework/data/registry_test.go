package data

import (
	"cmp"
	"fmt"
	"io"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
)

func TestBuiltinFactories(t *testing.T) {
	// What has no default.
	missing := map[string]string{
		"folder": "path: must be given", "webdataset": "path: must be given", "pairs": "path: must be given\ntest: must be given, or else test_fraction",
	}
	seen := map[string]bool{}
	for _, f := range Builtin() {
		if seen[f.Key()] {
			t.Errorf("%s is listed twice", f.Name)
		}
		seen[f.Key()] = true
		if f.Doc == "" {
			t.Errorf("%s has no documentation", f.Name)
		}
		if got := fmt.Sprint(config.Check(f.Defaults())); got != cmp.Or(missing[f.Name], "<nil>") {
			t.Errorf("%s: %s", f.Name, got)
		}
		if err := config.Skeleton(io.Discard, f.Defaults()); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		for _, field := range config.Describe(f.Defaults()) {
			if field.Doc == "" {
				t.Errorf("%s: the option %+v has no documentation", f.Name, field)
			}
		}
		if f.Defaults() == f.Defaults() {
			t.Errorf("%s: Defaults returns the same struct twice", f.Name)
		}
	}
}
