package backend

import "testing"

func TestKindKeepsWhatChangesNumbers(t *testing.T) {
	for given, want := range map[string]string{
		"":                                "kontrast",
		"kontrast":                        "kontrast",
		"kontrast:threads=2":              "kontrast",
		"kontrast:threads=2,bfloat16":     "kontrast:bfloat16",
		"kontrast:bfloat16,exact":         "kontrast:exact,bfloat16",
		"go:ops_sequential":               "go",
		"xla":                             "xla:cpu",
		"xla:cpu":                         "xla:cpu",
		"xla:cuda":                        "xla:cuda",
		"xla:cuda,visible_devices=1":      "xla:cuda",
		"xla:cuda,tf32=false":             "xla:cuda",
		"xla:cuda,visible_devices=1,tf32": "xla:cuda,tf32",
		"xla:cuda,tf32=true":              "xla:cuda,tf32",
	} {
		kind := Kind(given)
		if kind != want {
			t.Errorf("kind of %q is %q, want %q", given, kind, want)
		}
		if again := Kind(kind); again != kind {
			t.Errorf("kind of the kind %q is %q", kind, again)
		}
		if !IsKnown(given) {
			t.Errorf("%q is not known", given)
		}
	}
	for _, given := range []string{"cuda", "kontrast2", "x:cpu"} {
		if IsKnown(given) {
			t.Errorf("%q is known", given)
		}
	}
}
