// Package testbackend chooses the compute backend that tests run on.
//
// The package is imported by tests only.
package testbackend

import (
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers the backend "go"
)

var shared = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("go") })

// New returns the backend for tests, one for the whole test binary: GoMLX's pure-Go backend.
func New(t testing.TB) compute.Backend {
	t.Helper()
	backend, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return backend
}
