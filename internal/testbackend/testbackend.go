// Package testbackend chooses the compute backend that tests run on.
//
// The package is imported by tests only.
package testbackend

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers the backend "go"

	_ "github.com/kontrast-ml/kontrast/engine" // registers the backend "kontrast"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
)

// Env is the environment variable that names another backend for the tests,
// such as "go" for GoMLX's pure-Go backend, or "xla" for a plugin of XLA, with
// which tests need the build tag xla.
const Env = "KONTRAST_TEST_BACKEND"

// NeedEnv is the environment variable that makes a test fail which is skipped
// because the plugin of XLA is missing.
const NeedEnv = "KONTRAST_NEED_XLA"

// errMissing says that a backend of the environment can't be had here.
var errMissing = errors.New(Env + " names a backend that can't compute here")

var (
	shared = sync.OnceValues(
		func() (compute.Backend, error) { return named(cmp.Or(os.Getenv(Env), backend.Default)) },
	)
	// One op at a time: with several, GoMLX v0.28.2's backend was seen to wait for itself.
	portable = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("go:ops_sequential") })
)

func named(name string) (compute.Backend, error) {
	first, settings, _ := strings.Cut(name, ":")
	if first != backend.XLA {
		return compute.NewWithConfig(name)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = ""
	}
	plugin, err := plugins.Find(backend.Platform(settings), filepath.Join(cache, "kontrast"))
	if err != nil {
		return nil, errors.Join(errMissing, err)
	}
	made, _, err := xla.New(plugin, settings)
	if err != nil && !xla.BuiltIn {
		err = errors.Join(errMissing, err)
	}
	return made, err
}

// Devices is how many devices of the backend for tests a training is divided
// among: 1, unless the environment says "xla:cpu,devices=2" or the like.
func Devices() int { return backend.Devices(os.Getenv(Env)) }

// New returns the backend for tests, one for the whole test binary: the
// project's engine, unless the environment names another. A test is skipped
// where that is XLA and there is no plugin.
func New(t testing.TB) compute.Backend {
	t.Helper()
	return must(t, shared)
}

// Portable returns GoMLX's pure-Go backend, one for the whole test binary.
func Portable(t testing.TB) compute.Backend {
	t.Helper()
	return must(t, portable)
}

// Chosen returns the backend that the environment names, and GoMLX's pure-Go one if it names none.
func Chosen(t testing.TB) compute.Backend {
	t.Helper()
	if os.Getenv(Env) == "" {
		return Portable(t)
	}
	return New(t)
}

func must(t testing.TB, backend func() (compute.Backend, error)) compute.Backend {
	t.Helper()
	b, err := backend()
	if errors.Is(err, errMissing) && os.Getenv(NeedEnv) == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}
