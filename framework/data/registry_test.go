package data

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
)

func TestBuiltinFactories(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Builtin() {
		if seen[f.Key()] {
			t.Errorf("%s is listed twice", f.Name)
		}
		seen[f.Key()] = true
		if f.Doc == "" {
			t.Errorf("%s has no documentation", f.Name)
		}
		if err := config.Check(f.Defaults()); err != nil {
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
