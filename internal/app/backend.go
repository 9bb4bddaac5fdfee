package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the backend "go"

	_ "github.com/kontrast-ml/kontrast/engine" // the backend "kontrast"
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
)

// ErrBackend says that a compute backend is not known or refuses its settings.
var ErrBackend = errors.New("compute backend")

// computer is a backend, and what it computes on.
type computer struct {
	Backend compute.Backend
	Info    backend.Info
}

func provideComputer(options Options) (computer, func(), error) {
	name := options.Backend
	if name == "" {
		name = backend.Default
	}
	made, err := newComputer(name, DataEnv(options).CacheDir)
	if err != nil {
		return made, nil, fmt.Errorf("%w %q: %w", ErrBackend, name, err)
	}
	return made, made.Backend.Finalize, nil
}

func newComputer(name, cache string) (computer, error) {
	if err := CheckBackend(name); err != nil {
		return computer{}, err
	}
	first, settings, _ := strings.Cut(name, ":")
	if first == backend.XLA {
		return newXLA(settings, cache)
	}
	made, err := compute.NewWithConfig(name)
	on := backend.Info{Kind: backend.Kind(name), Device: "CPU"}
	if first == backend.Kontrast {
		on.Device += ", " + KernelTier() + " kernels"
	}
	return computer{made, on}, err
}

// CheckComputes is the error of a backend that can't compute here.
func CheckComputes(options Options) error {
	_, release, err := provideComputer(options)
	if err == nil {
		release()
	}
	return err
}

// newXLA finds the plugin, unless the program could not use it.
func newXLA(settings, cache string) (computer, error) {
	var plugin plugins.Plugin
	if xla.BuiltIn {
		var err error
		if plugin, err = plugins.Find(backend.Platform(settings), cache); err != nil {
			return computer{}, err
		}
	}
	made, on, err := xla.New(plugin, settings)
	return computer{made, on}, err
}

// CheckBackend is the error of a name of a backend that is not known.
func CheckBackend(name string) error {
	if !backend.IsKnown(name) {
		return fmt.Errorf("not known; known: %q", backend.Known())
	}
	return nil
}

// KernelTier names the vector instructions that the default backend uses on this machine.
func KernelTier() string { return cpu.Tier().String() }
