package backend

import (
	"strings"
	"testing"
)

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
		"xla:cpu,devices=1":               "xla:cpu",
		"xla:cpu,devices=2":               "xla:cpu,devices=2",
		"xla:cuda,devices=4,bfloat16":     "xla:cuda,bfloat16,devices=4",
		"kontrast:devices=2":              "kontrast",
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

func TestDevicesOfABackend(t *testing.T) {
	for _, test := range []struct {
		given   string
		devices []int
		want    string // or the error, which has a space
	}{
		{"kontrast", nil, "kontrast"},
		{"kontrast:threads=2", []int{0}, "kontrast:threads=2"},
		{"kontrast", []int{1}, "has no device 1"},
		{"xla", []int{0}, "xla"},
		{"xla:cpu", []int{0, 1}, "devices 0,1: one run is computed on 1 "},
		{"xla:cpu,devices=2", []int{1, 0}, "xla:cpu,devices=2"},
		{"xla:cpu,devices=2", []int{0, 2}, "devices 0 to 1"},
		{"xla:cuda", nil, "xla:cuda"},
		{"xla:cuda", []int{3}, "xla:cuda,visible_devices=3"},
		{"xla:cuda,bfloat16,devices=2", []int{2, 3}, "xla:cuda,bfloat16,devices=2,visible_devices=2;3"},
		{"xla:cuda,devices=2", []int{2, 2}, "devices 2,2: expected different numbers"},
		{"xla:cuda", []int{-1}, "expected different numbers"},
		{"xla:cuda,visible_devices=1", []int{1}, "leave one out"},
	} {
		got, err := OnDevices(test.given, test.devices)
		if err != nil {
			got = err.Error()
		}
		if got != test.want && !(err != nil && strings.Contains(got, test.want)) {
			t.Errorf("%s on %v: %q, want %q", test.given, test.devices, got, test.want)
		}
	}
	for given, right := range map[string]bool{
		"xla:cpu": true, "xla:cuda,devices=8": true, "xla:cuda,devices=0": false, "xla:cuda,devices=x": false,
		"xla:cuda,devices=-1": false, "xla:cuda,devices=": false, "xla:cuda,devices=1000000": false,
	} {
		if err := CheckDevices(given); (err == nil) != right {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestPrecisionOfABackend(t *testing.T) {
	for _, test := range []struct{ given, precision, want string }{
		{"", "float32", "kontrast"},
		{"", "bf16", "kontrast:bfloat16"},
		{"kontrast:threads=2", "bfloat16", "kontrast:threads=2,bfloat16"},
		{"kontrast:bfloat16", "float32", "kontrast"},
		{"xla", "bf16", "xla:cpu,bfloat16"},
		{"xla:cuda,tf32,visible_devices=1", "bfloat16", "xla:cuda,visible_devices=1,bfloat16"},
		{"xla:cuda,tf32=true", "float32", "xla:cuda"},
		{"xla:cuda", "tf32", "xla:cuda,tf32"},
		{"xla:cpu", "tf32", "xla:cpu has no precision tf32"},
		{"go", "bfloat16", "go has no precision bfloat16"},
		{"kontrast", "float16", "it is not known; known: float32, bfloat16, tf32"},
	} {
		got, err := WithPrecision(test.given, test.precision)
		if err != nil {
			got = err.Error()
		}
		if got != test.want && !(err != nil && strings.Contains(got, test.want)) {
			t.Errorf("%s with %s: %q, want %q", test.given, test.precision, got, test.want)
		}
	}
}
