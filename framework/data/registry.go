package data

import (
	"context"
	"fmt"
	"net/http"
)

// Factory opens one kind of dataset.
type Factory struct {
	Name string
	Doc  string // what it holds, in a sentence or two
	// Defaults returns a pointer to a new Params struct. Its fields carry the
	// tags yaml, doc, range, oneof and source, and it has Validate() error,
	// which reports every fault.
	Defaults func() any
	// Open opens a split. params is what Defaults returns, with changes. It is
	// validated first.
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
}

// Key is the name under which a registry knows the factory.
func (f Factory) Key() string { return f.Name }

func (e Env) progress(what string, done, total int64) {
	if e.Progress != nil {
		e.Progress(what, done, total)
	}
}

// Builtin lists the datasets of this package.
func Builtin() []Factory {
	return []Factory{shapesFactory()}
}

// validated is the constraint of a Params struct.
type validated[P any] interface {
	*P
	Validate() error
}

// newFactory types a factory: open gets checked params of its own type.
func newFactory[P any, V validated[P]](name, doc string, defaults P, open func(context.Context, P, Split, Env) (Dataset, error)) Factory {
	return Factory{
		Name:     name,
		Doc:      doc,
		Defaults: func() any { p := defaults; return &p },
		Open: func(ctx context.Context, params any, split Split, env Env) (Dataset, error) {
			p, ok := params.(*P)
			if !ok {
				return nil, fmt.Errorf("dataset %s: parameters are a %T, expected a %T", name, params, p)
			}
			if err := V(p).Validate(); err != nil {
				return nil, fmt.Errorf("dataset %s: %w", name, err)
			}
			if err := split.validate(); err != nil {
				return nil, fmt.Errorf("dataset %s: %w", name, err)
			}
			dataset, err := open(ctx, *p, split, env)
			if err != nil {
				return nil, fmt.Errorf("dataset %s: %w", name, err)
			}
			return dataset, nil
		},
	}
}
