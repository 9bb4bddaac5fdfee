// Package bundle packs one run into one file, for mail and object stores: a
// ZIP archive of
//
//	manifest.json           what it holds, with the SHA-256 of each file
//	run.db                  a database of kontrast with this run alone
//	checkpoint.safetensors  its latest checkpoint, if it was asked for
package bundle

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// The names in the archive.
const (
	manifestName   = "manifest.json"
	databaseName   = "run.db"
	checkpointName = "checkpoint.safetensors"
)

const format = "kontrast bundle 1"

// The largest files that a bundle holds, in bytes.
const (
	maxManifest   = 1 << 20
	maxDatabase   = 4 << 30
	maxCheckpoint = 64 << 30
)

// ErrDamaged says that a file is no bundle, or was cut or changed.
var ErrDamaged = errors.New("not a whole bundle")

// manifest is the first file of the archive.
type manifest struct {
	Format     string `json:"format"`
	Run        string `json:"run"`  // its short name where it was packed
	UUID       string `json:"uuid"` // of the run
	Step       int    `json:"step"` // of the checkpoint
	Database   *file  `json:"database"`
	Checkpoint *file  `json:"checkpoint"`
}

type file struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Contents is what goes into a bundle.
type Contents struct {
	Run        store.Run
	Checkpoint string // path of a checkpoint; empty for none
	Step       int    // that the checkpoint was made after
	Running    bool   // pack it although it is still running
}

// Write packs a run of a store into the file at path: all of it, or nothing.
func Write(ctx context.Context, path string, from *store.Store, c Contents) error {
	folder, err := os.MkdirTemp("", "kontrast-bundle-")
	if err != nil {
		return fmt.Errorf("bundle %s: %w", path, err)
	}
	defer os.RemoveAll(folder)
	database := filepath.Join(folder, databaseName)
	if err := extract(ctx, database, from, c); err != nil {
		return fmt.Errorf("bundle %s: %w", path, err)
	}
	if err := pack(path, database, c); err != nil {
		return fmt.Errorf("bundle %s: %w", path, err)
	}
	return nil
}

// extract makes a database that has one run of a store.
func extract(ctx context.Context, path string, from *store.Store, c Contents) (err error) {
	snapshot, err := store.TakeSnapshot(ctx, from.Path(), store.Options{})
	if err != nil {
		return err
	}
	defer snapshot.Close()
	into, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	merged, err := into.Merge(ctx, snapshot, store.MergeOptions{Run: c.Run.UUID, Portable: true, Running: c.Running})
	switch {
	case err != nil:
		return err
	case len(merged) != 1:
		return fmt.Errorf("run %s is no longer in %s", c.Run.Name, from.Path())
	case merged[0].What == store.StillRunning:
		return fmt.Errorf("run %s is still running; pack it when it has ended", c.Run.Name)
	}
	return merged[0].Err
}

// pack writes the archive.
func pack(path, database string, c Contents) error {
	m := manifest{Format: format, Run: c.Run.Name, UUID: c.Run.UUID, Step: c.Step}
	var err error
	if m.Database, err = describe(database); err != nil {
		return err
	}
	if c.Checkpoint != "" {
		if m.Checkpoint, err = describe(c.Checkpoint); err != nil {
			return err
		}
	}
	out, err := renameio.NewPendingFile(path)
	if err != nil {
		return err
	}
	defer out.Cleanup() // no effect after the replacement
	archive := zip.NewWriter(out)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	head, err := archive.Create(manifestName)
	if err != nil {
		return err
	}
	if _, err := head.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := add(archive, databaseName, database, zip.Deflate); err != nil {
		return err
	}
	if c.Checkpoint != "" { // weights don't compress
		if err := add(archive, checkpointName, c.Checkpoint, zip.Store); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return out.CloseAtomicallyReplace()
}

func describe(path string) (*file, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	sum := sha256.New()
	bytes, err := io.Copy(sum, in)
	return &file{Bytes: bytes, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

func add(archive *zip.Writer, name, path string, method uint16) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}
