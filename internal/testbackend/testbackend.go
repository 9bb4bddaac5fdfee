// Package testbackend chooses the compute backend that tests run on.
//
// The package is imported by tests only.
package testbackend

import (
	"cmp"
	"os"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers the backend "go"

	_ "github.com/kontrast-ml/kontrast/engine" // registers the backend "kontrast"
)

// Env is the environment variable that names another backend for the tests,
// such as "go" for GoMLX's pure-Go backend.
const Env = "KONTRAST_TEST_BACKEND"

var (
	shared = sync.OnceValues(
		func() (compute.Backend, error) { return compute.NewWithConfig(cmp.Or(os.Getenv(Env), "kontrast")) },
	)
	// One op at a time: with several, GoMLX v0.28.2's backend was seen to wait for itself.
	portable = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("go:ops_sequential") })
)

// New returns the backend for tests, one for the whole test binary: the
// project's engine, unless the environment names another.
func New(t testing.TB) compute.Backend {
	t.Helper()
	return must(t, shared)
}

// Portable returns GoMLX's pure-Go backend, one for the whole test binary.
func Portable(t testing.TB) compute.Backend {
	t.Helper()
	return must(t, portable)
}

func must(t testing.TB, backend func() (compute.Backend, error)) compute.Backend {
	t.Helper()
	b, err := backend()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
