package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// ownerFile says in a folder of runs which database they belong to.
const ownerFile = "database.json"

// owner is what ownerFile holds.
type owner struct {
	UUID string `json:"uuid"` // identity of the database
	Path string `json:"path"` // from the folder to the database, with slashes
}

// ownFolder makes a folder of runs that of a database: runs of several under
// the same names would overwrite each other's checkpoints. It is an error if
// the folder belongs to another database that still exists.
func ownFolder(ctx context.Context, folder string, s *store.Store) error {
	id, err := s.Identity(ctx)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, ownerFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("runs: %w", err)
	}
	var has owner
	if err == nil {
		if err := json.Unmarshal(text, &has); err != nil {
			return fmt.Errorf("runs: %s: %w", filepath.Join(folder, ownerFile), err)
		}
	}
	if other := has.database(folder); has.UUID != "" && !sameFile(other, s.Path()) && identityAt(ctx, other) == has.UUID {
		return refusal{
			fmt.Errorf("folder %s has the runs of another database, %s", folder, other),
			fmt.Sprintf("name another folder with --runs; if this one is a copy for %s, remove %s first",
				s.Path(), filepath.Join(folder, ownerFile)),
		}
	}
	now := owner{UUID: id, Path: relativeTo(folder, s.Path())}
	if now == has {
		return nil
	}
	if text, err = json.Marshal(now); err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	if err := errors.Join(os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, ownerFile), append(text, '\n'), 0o644)); err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	return nil
}

// database is where the owner's database is.
func (o owner) database(folder string) string {
	path := filepath.FromSlash(o.Path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// relativeTo is a path as seen from a folder, absolute if it can't be seen from there.
func relativeTo(folder, path string) string {
	from, err := filepath.Abs(folder)
	if err != nil {
		return path
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(from, absolute); err == nil {
		return filepath.ToSlash(relative)
	}
	return absolute
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// identityAt is the identity of the database at a path, empty if there is none.
func identityAt(ctx context.Context, path string) string {
	s, err := store.Open(ctx, path, store.Options{ReadOnly: true})
	if err != nil {
		return ""
	}
	defer s.Close()
	id, err := s.Identity(ctx)
	if err != nil {
		return ""
	}
	return id
}
