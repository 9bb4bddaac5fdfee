package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Factory opens one kind of dataset. All of its fields are needed.
type Factory struct {
	Name string // what configurations call it: lower-case letters, digits and hyphens
	Doc  string // what it holds, in a sentence or two
	// Defaults returns a pointer to a new Params struct, whose tags package
	// config reads.
	Defaults func() any
	// Open opens a split. params is what Defaults returns, with changes; it is
	// checked first.
	Open func(ctx context.Context, params any, split Split, env Env) (Dataset, error)
}

// Env is what a dataset needs of the process. The zero value works for datasets
// that are not downloaded.
type Env struct {
	// CacheDir is where downloads are kept, each dataset in a folder of its own.
	CacheDir string
	// Progress is told how far a download or an index is: bytes or files done of
	// total, which is -1 if unknown. Nil for silence. Calls come from one goroutine.
	Progress func(what string, done, total int64)
	// Client makes the downloads; nil for http.DefaultClient.
	Client *http.Client

	retryPause time.Duration // before the second attempt in a row that fails; 0 for a second
}

// Key is the name under which a registry knows the factory.
func (f Factory) Key() string { return f.Name }

func (e Env) progress(what string, done, total int64) {
	if e.Progress != nil {
		e.Progress(what, done, total)
	}
}

func (e Env) pause() time.Duration { return cmp.Or(e.retryPause, time.Second) }

// Builtin lists the datasets of this package.
func Builtin() []Factory {
	return []Factory{shapesFactory(), cifar10Factory(), cifar100Factory(), mnistFactory(), fashionFactory(), folderFactory(), pairsFactory()}
}

// selector is a Params struct that embeds a Selection.
type selector interface {
	of(dataset Dataset, split Split) (Dataset, error)
}

// newFactory types a factory: open gets checked params of its own type, and
// what it opens is cut down to their Selection.
func newFactory[P selector](name, doc string, defaults P, open func(context.Context, P, Split, Env) (Dataset, error)) Factory {
	return Factory{
		Name:     name,
		Doc:      doc,
		Defaults: func() any { p := defaults; return &p },
		Open: func(ctx context.Context, params any, split Split, env Env) (Dataset, error) {
			fail := func(err error) (Dataset, error) { return nil, fmt.Errorf("dataset %s: %w", name, err) }
			p, ok := params.(*P)
			if !ok {
				return fail(fmt.Errorf("parameters are a %T, expected a %T", params, p))
			}
			if err := errors.Join(config.Check(p), split.validate()); err != nil {
				return fail(err)
			}
			dataset, err := open(ctx, *p, split, env)
			if err != nil {
				return fail(err)
			}
			if dataset, err = (*p).of(dataset, split); err != nil {
				return fail(err)
			}
			return dataset, nil
		},
	}
}
