package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Bundle is an unpacked bundle.
type Bundle struct {
	Run        string // short name of the run where it was packed
	UUID       string // of the run
	Database   string // path of its database
	Checkpoint string // path of its checkpoint; empty if it has none
	Step       int    // that the checkpoint was made after

	path   string // of the bundle
	folder string // that it is unpacked into
}

// Is says whether the file at path begins as a bundle does, and not as a database.
func Is(path string) bool {
	in, err := os.Open(path)
	if err != nil {
		return false
	}
	defer in.Close()
	begin := make([]byte, 4)
	_, err = io.ReadFull(in, begin)
	return err == nil && string(begin) == "PK\x03\x04"
}

// Open unpacks the bundle at path into a temporary folder, which Close removes.
// The error wraps [ErrDamaged] if any of its bytes is not as it was packed.
func Open(path string) (*Bundle, error) {
	b, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", path, err)
	}
	return b, nil
}

func open(path string) (_ *Bundle, err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, damaged(err)
	}
	defer archive.Close()
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		if files[f.Name] != nil {
			return nil, fmt.Errorf("%w: it has two files %q", ErrDamaged, f.Name)
		}
		files[f.Name] = f
	}
	m, err := readManifest(files[manifestName])
	if err != nil {
		return nil, err
	}
	b := &Bundle{path: path, Run: m.Run, UUID: m.UUID, Step: m.Step}
	if b.folder, err = os.MkdirTemp("", "kontrast-bundle-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	// Nothing is written under a name that the archive gives.
	b.Database = filepath.Join(b.folder, databaseName)
	if err := unpack(files[databaseName], m.Database, b.Database, maxDatabase); err != nil {
		return nil, fmt.Errorf("%s: %w", databaseName, err)
	}
	if m.Checkpoint == nil {
		return b, nil
	}
	b.Checkpoint = filepath.Join(b.folder, checkpointName)
	if err := unpack(files[checkpointName], m.Checkpoint, b.Checkpoint, maxCheckpoint); err != nil {
		return nil, fmt.Errorf("%s: %w", checkpointName, err)
	}
	return b, nil
}

// Close removes what was unpacked.
func (b *Bundle) Close() error { return os.RemoveAll(b.folder) }

func readManifest(f *zip.File) (m manifest, err error) {
	if f == nil {
		return m, fmt.Errorf("%w: it has no %s", ErrDamaged, manifestName)
	}
	in, err := f.Open()
	if err != nil {
		return m, damaged(err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxManifest))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	switch {
	case err != nil:
		return m, damaged(err)
	case m.Format != format:
		return m, fmt.Errorf("its format is %q, and this program knows %q; update kontrast", m.Format, format)
	case m.Database == nil || m.UUID == "":
		return m, fmt.Errorf("%w: %s names no database or no run", ErrDamaged, manifestName)
	}
	return m, nil
}

// unpack writes a file of the archive, which must be what the manifest says.
func unpack(f *zip.File, want *file, path string, most int64) error {
	switch {
	case f == nil:
		return fmt.Errorf("%w: it is missing", ErrDamaged)
	case want.Bytes < 0 || want.Bytes > most:
		return fmt.Errorf("%w: a size of %d bytes", ErrDamaged, want.Bytes)
	}
	in, err := f.Open()
	if err != nil {
		return damaged(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(out, io.TeeReader(io.LimitReader(in, want.Bytes+1), sum))
	if closed := out.Close(); closed != nil {
		return closed
	}
	switch {
	case err != nil:
		return damaged(err)
	case n != want.Bytes || hex.EncodeToString(sum.Sum(nil)) != want.SHA256:
		return fmt.Errorf("%w: its bytes are not those that were packed", ErrDamaged)
	}
	return nil
}

func damaged(err error) error { return fmt.Errorf("%w: %w", ErrDamaged, err) }

// Merge brings the run of the bundle into a store.
func (b *Bundle) Merge(ctx context.Context, into *store.Store) (store.MergedRun, error) {
	return b.merge(ctx, into, false)
}

// MergeRunning is Merge also of a run that was still running when it was packed.
func (b *Bundle) MergeRunning(ctx context.Context, into *store.Store) (store.MergedRun, error) {
	return b.merge(ctx, into, true)
}

func (b *Bundle) merge(ctx context.Context, into *store.Store, running bool) (run store.MergedRun, err error) {
	snapshot, err := store.TakeSnapshot(ctx, b.Database, store.Options{})
	if err != nil {
		return run, b.about(err)
	}
	defer snapshot.Close()
	runs, err := into.Merge(ctx, snapshot, store.MergeOptions{Run: b.UUID, Running: running})
	if err == nil && len(runs) != 1 {
		err = fmt.Errorf("%w: its database has no run %s", ErrDamaged, b.UUID)
	}
	if err != nil {
		return run, b.about(err)
	}
	if runs[0].Err != nil {
		runs[0].Err = b.about(runs[0].Err)
	}
	return runs[0], nil
}

// about is an error about what was unpacked as one about the bundle.
func (b *Bundle) about(err error) error { return &unpackedError{err, b} }

type unpackedError struct {
	error
	of *Bundle
}

func (e *unpackedError) Error() string {
	return strings.ReplaceAll(e.error.Error(), e.of.Database, e.of.path)
}

func (e *unpackedError) Unwrap() error { return e.error }
