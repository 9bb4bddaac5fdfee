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

// Factory opens one kind of dataset. Make one with [NewFactory].
type Factory struct {
	Name string // what configurations call it: lower-case letters, digits and hyphens
	Doc  string // what it holds, in a sentence or two
	config.Factory[opener]
}

// opener opens a split of a dataset whose parameters are given; see [Factory.Open].
type opener func(ctx context.Context, split Split, env Env) (Dataset, error)

// NewFactory returns the factory of a dataset with parameters of type P, whose
// fields carry the tags of package config. The parameters handed to open have
// passed config.Check. Where P embeds a [Selection], what was opened is cut down to it.
func NewFactory[P any](
	name, doc string, defaults P, open func(context.Context, P, Split, Env) (Dataset, error),
) Factory {
	return Factory{Name: name, Doc: doc, Factory: config.NewFactory(defaults, func(p P) (opener, error) {
		return func(ctx context.Context, split Split, env Env) (Dataset, error) {
			dataset, err := open(ctx, p, split, env)
			if selection, selects := any(p).(selector); selects && err == nil {
				return selection.of(dataset, split)
			}
			return dataset, err
		}, nil
	}).MadeBy(open)}
}

// Open opens a split, with parameters that Defaults returned, changed or not.
func (f Factory) Open(ctx context.Context, params any, split Split, env Env) (Dataset, error) {
	fail := func(err error) (Dataset, error) { return nil, fmt.Errorf("dataset %s: %w", f.Name, err) }
	open, err := f.Make(params)
	if err := errors.Join(err, split.validate()); err != nil {
		return fail(err)
	}
	dataset, err := open(ctx, split, env)
	if err != nil {
		return fail(err)
	}
	return dataset, nil
}

// Env is what a dataset needs of the process. The zero value works for datasets
// that are not downloaded.
type Env struct {
	// CacheDir is where downloads are kept, each dataset in a folder of its own, and the indices of a user's files.
	CacheDir string
	// Memory is how many bytes the process may take, of which the decoded images of a split take a 16th at most; 0 for
	// unknown.
	Memory int64
	// Progress is told how far a download or an index is: bytes or files done of
	// total, which is -1 if unknown. Nil for silence. Calls come from one goroutine.
	Progress func(what string, done, total int64)
	// Client makes the downloads; nil for http.DefaultClient.
	Client *http.Client

	retryPause time.Duration // before the second attempt in a row that fails; 0 for a second
	indexAll   bool          // of folders, be there ever so few files, and be they ever so new
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
	return []Factory{shapesFactory(), cifar10Factory(), cifar100Factory(), mnistFactory(), fashionFactory(),
		countingFactory(), texturesFactory(), digitsFactory(), folderFactory(), pairsFactory(),
		webDatasetFactory()}
}

// selector is a Params struct that embeds a Selection.
type selector interface {
	of(dataset Dataset, split Split) (Dataset, error)
}
