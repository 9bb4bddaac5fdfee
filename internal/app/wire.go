//go:build wireinject

package app

import (
	"context"

	"github.com/google/wire"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// New makes a process that can run experiments. The returned function releases
// what it holds; call it last.
func New(ctx context.Context, options Options) (*App, func(), error) {
	panic(wire.Build(processSet, hostSet))
}

// NewWith is New with a clock and a logger of the caller's.
func NewWith(ctx context.Context, options Options, clock Clock, log *zap.Logger) (*App, func(), error) {
	panic(wire.Build(processSet))
}

// NewCatalog makes what configurations can name: what is built in, and a program's own.
func NewCatalog(own Extensions) (experiment.Catalog, error) {
	panic(wire.Build(catalogSet))
}
