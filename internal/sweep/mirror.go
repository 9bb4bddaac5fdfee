package sweep

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/kontrast-ml/kontrast/internal/checkpoint"
)

// mirror keeps in a bucket what another worker needs of a run that is made in a
// folder of this machine. The objects of a run have no folder, so that nothing
// of them stays behind in a bucket that is one.
type mirror struct {
	bucket *blob.Bucket
	prefix string // of the run's keys
	folder string
	known  map[string]bool // keys that this worker has read or written
}

func (m *mirror) keyOf(file string) string {
	return m.prefix + url.PathEscape(filepath.ToSlash(file))
}

// fetch brings what lies in the bucket into the folder, which is empty.
func (m *mirror) fetch(ctx context.Context) error {
	found, err := keys(ctx, m.bucket, m.prefix)
	if err != nil {
		return err
	}
	for _, key := range found {
		file, err := url.PathUnescape(strings.TrimPrefix(key, m.prefix))
		if err != nil || !filepath.IsLocal(filepath.FromSlash(file)) {
			continue // none of ours
		}
		err = download(ctx, m.bucket, key, filepath.Join(m.folder, filepath.FromSlash(file)))
		if gcerrors.Code(err) == gcerrors.NotFound { // a worker that has lost the run still cleared it away
			continue
		}
		if err != nil {
			return err
		}
		m.known[key] = true
	}
	return nil
}

// push brings what is new in the folder into the bucket, and then removes there
// what this worker knows and no longer has. Rows go before checkpoints, so that
// a checkpoint in the bucket never is ahead of its rows.
func (m *mirror) push(ctx context.Context) error {
	files, err := m.files()
	if err != nil {
		return err
	}
	here := map[string]bool{}
	for _, file := range files {
		key := m.keyOf(file)
		here[key] = true
		if m.known[key] {
			continue
		}
		err := upload(ctx, m.bucket, filepath.Join(m.folder, file), key)
		if errors.Is(err, fs.ErrNotExist) { // a later one has taken its place
			continue
		}
		if err != nil {
			return err
		}
		m.known[key] = true
	}
	for key := range m.known {
		if here[key] {
			continue
		}
		if err := remove(ctx, m.bucket, key); err != nil {
			return err
		}
		delete(m.known, key)
	}
	return nil
}

// files are the whole files of the folder, rows first.
func (m *mirror) files() (rows []string, err error) {
	var others []string
	err = filepath.WalkDir(m.folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := filepath.Rel(m.folder, path)
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(name, rowsPrefix) && strings.HasSuffix(name, rowsSuffix):
			rows = append(rows, file)
		case strings.HasSuffix(name, ".safetensors") && !strings.HasSuffix(name, checkpoint.PartSuffix):
			others = append(others, file)
		}
		return nil
	})
	return slices.Concat(rows, others), err
}

// follow pushes until ctx ends. What fails is told once and tried again.
func (m *mirror) follow(ctx context.Context, told func(error)) {
	ticker := time.NewTicker(leaseRenewal)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := m.push(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			told(err)
		}
		failing = err != nil
	}
}

// clear removes all of a run from a bucket.
func (m *mirror) clear(ctx context.Context) error {
	found, err := keys(ctx, m.bucket, m.prefix)
	for _, key := range found {
		err = errors.Join(err, remove(ctx, m.bucket, key))
	}
	return err
}

// mirrored makes a run with what another worker has left in the bucket, and
// leaves there what another one needs.
func (w *Worker) mirrored(ctx context.Context, id string, run func() error) error {
	m := w.mirror(id)
	if err := os.RemoveAll(m.folder); err != nil { // left by a process that was killed
		return err
	}
	if err := m.fetch(ctx); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.follow(following, func(err error) { w.tell("run %s can't be kept in the shared store: %v", id, err) })
	}()
	made := run()
	stop()
	<-ended
	if made == nil || errors.Is(context.Cause(ctx), errLost) {
		return made
	}
	pushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(made, m.push(pushing), os.RemoveAll(m.folder))
}

func (w *Worker) mirror(id string) *mirror {
	return &mirror{bucket: w.Bucket, prefix: id + ".", folder: w.folder(id), known: map[string]bool{}}
}
