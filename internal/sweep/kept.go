package sweep

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// The name of a checkpoint that stays in the shared place after its run is done.
const (
	keptPrefix = "finished-"
	keptSuffix = ".safetensors"
)

// keep leaves the last checkpoint of a run that is done for who collects. A
// baseline has none.
func (w *Worker) keep(ctx context.Context, id string) error {
	last := ""
	err := filepath.WalkDir(w.folder(id), func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && strings.HasSuffix(path, keptSuffix) && filepath.Base(path) > filepath.Base(last) {
			last = path
		}
		return err
	})
	if err != nil || last == "" {
		return err
	}
	bucket := w.Bucket
	if bucket == nil {
		if bucket, err = OpenBucket(ctx, w.Shared); err != nil {
			return err
		}
		defer bucket.Close()
	}
	return upload(ctx, bucket, last, keptPrefix+id+keptSuffix)
}

// CollectCheckpoints gives adopt the last checkpoints of the runs of a study
// that a store has, removes them from the shared place, and returns how many they were.
func CollectCheckpoints(
	ctx context.Context, bucket *blob.Bucket, study string, into *store.Store,
	adopt func(ctx context.Context, run int64, path string) error,
) (n int, err error) {
	runs, err := into.Runs(ctx, store.Filter{Study: study})
	if err != nil {
		return 0, err
	}
	known := map[string]store.Run{}
	for _, run := range runs {
		known[keptPrefix+run.UUID+keptSuffix] = run
	}
	found, err := keys(ctx, bucket, keptPrefix)
	if err != nil {
		return 0, fmt.Errorf("shared store: %w", err)
	}
	folder, err := os.MkdirTemp("", "kontrast-collect-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	for _, key := range found {
		run, ours := known[key]
		if !ours {
			continue
		}
		path := filepath.Join(folder, key)
		if err := download(ctx, bucket, key, path); err != nil {
			return n, fmt.Errorf("checkpoint of run %s: %w", run.Name, err)
		}
		if err := adopt(ctx, run.ID, path); err != nil {
			return n, fmt.Errorf("checkpoint of run %s: %w", run.Name, err)
		}
		if err := remove(ctx, bucket, key); err != nil {
			return n, fmt.Errorf("checkpoint of run %s: %w", run.Name, err)
		}
		if err := os.Remove(path); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
