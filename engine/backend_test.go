package engine_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/support/backendtest"

	"github.com/kontrast-ml/kontrast/engine"
)

func newEngine(t testing.TB, options engine.Options) *engine.Backend {
	t.Helper()
	b, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// TestBackend runs the conformance suite of GoMLX's backends.
func TestBackend(t *testing.T) {
	backendtest.RunAll(t, newEngine(t, engine.Options{}), nil)
}

func TestRegistered(t *testing.T) {
	b, err := compute.NewWithConfig("kontrast:threads=1,exact")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	if got, want := b.Description(), "kontrast engine for CPUs (threads=1, exact=true)"; got != want {
		t.Errorf("description %q, want %q", got, want)
	}
}

func TestParseOptionsErrors(t *testing.T) {
	for config, want := range map[string]string{
		"threads=none": `engine option threads: "none" is not a positive whole number`,
		"threads=0":    `engine option threads: "0" is not a positive whole number`,
		"fast":         `engine option "fast" is not known: use threads=N, exact or trace=FILE`,
		"exact=yes":    `engine option "exact=yes" is not known: use threads=N, exact or trace=FILE`,
	} {
		if _, err := engine.ParseOptions(config); err == nil || err.Error() != want {
			t.Errorf("ParseOptions(%q): %v, want %s", config, err, want)
		}
	}
}
