//go:build !xla || !linux

// Package xla makes GoMLX's XLA backend of a PJRT plugin. It is built with the
// tag xla; without, New says how to get it.
package xla

import (
	"errors"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
)

// BuiltIn says whether the program has the backend.
const BuiltIn = false

// New returns [ErrNotBuiltIn].
func New(plugins.Plugin, string) (compute.Backend, backend.Info, error) {
	return nil, backend.Info{}, notBuiltIn{errors.New("XLA is not built into this program")}
}

type notBuiltIn struct{ error }

// Hint says what to do.
func (notBuiltIn) Hint() string {
	return "build it with the tag xla, on Linux: go install -tags xla github.com/kontrast-ml/kontrast/cmd/kontrast " +
		"(with plugins of your own: GOFLAGS=-tags=xla kontrast build)"
}
