package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/bundle"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Carrier carries the rows of a run under way beside its checkpoints, so that
// another worker, with a database of its own, goes on with it.
type Carrier struct {
	Store  *store.Store
	Folder string // of the run's checkpoints and rows
}

const (
	rowsPrefix = "rows-"
	rowsSuffix = ".bundle"
)

// Save writes what is recorded of a run up to a step. It is called before the
// checkpoint of that step is written, so that rows are never behind.
func (c Carrier) Save(ctx context.Context, id, steps int64) error {
	run, err := c.Store.Run(ctx, id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return err
	}
	path := filepath.Join(c.Folder, fmt.Sprintf("%s%012d%s", rowsPrefix, steps, rowsSuffix))
	if err := bundle.Write(ctx, path, c.Store, bundle.Contents{Run: run, Running: true}); err != nil {
		return err
	}
	return c.prune()
}

// keptRows is how many files of rows stay: also the one before the latest
// checkpoint must find its rows.
const keptRows = 3

func (c Carrier) prune() error {
	paths, err := c.list()
	if err != nil {
		return err
	}
	for len(paths) > keptRows {
		if err := os.Remove(paths[0]); err != nil && !os.IsNotExist(err) {
			return err
		}
		paths = paths[1:]
	}
	return nil
}

// list are the files of rows, the earliest first.
func (c Carrier) list() ([]string, error) {
	entries, err := os.ReadDir(c.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, rowsPrefix) && strings.HasSuffix(name, rowsSuffix) {
			paths = append(paths, filepath.Join(c.Folder, name))
		}
	}
	return paths, err
}

// Restore brings the rows that another worker has carried into the store. Rows
// that can't be read mean that the run starts again from its beginning, with
// the same numbers: then it says so, and removes what lies there.
func (c Carrier) Restore(ctx context.Context) (dropped error, err error) {
	paths, err := c.list()
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	latest := paths[len(paths)-1]
	if err := restore(ctx, latest, c.Store); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return err, os.RemoveAll(c.Folder)
	}
	return nil, nil
}

func restore(ctx context.Context, path string, into *store.Store) error {
	b, err := bundle.Open(path)
	if err != nil {
		return err
	}
	defer b.Close()
	run, err := b.MergeRunning(ctx, into)
	if err != nil {
		return err
	}
	return run.Err
}
