package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Snapshot is a copy of a database as it was at one moment, brought to this
// program's schema. The database itself is never changed, and may be in use.
type Snapshot struct {
	store  *Store // of the copy, read-only
	from   string // path of the database
	folder string // that the copy is in
}

// TakeSnapshot copies the database at a path, of this schema or an older one, into a
// temporary folder. Close removes the copy.
func TakeSnapshot(ctx context.Context, path string, options Options) (_ *Snapshot, err error) {
	options.ReadOnly = false
	options = options.withDefaults()
	if _, err := checkPath(path, true); err != nil {
		return nil, err
	}
	if _, err := checkOwner(ctx, path, options); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "kontrast-merge-")
	if err != nil {
		return nil, fmt.Errorf("results database %s: a copy: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
		}
	}()
	copied := filepath.Join(folder, "copy.db")
	if err := backup(ctx, path, copied, options.BusyTimeout); err != nil {
		return nil, explain(path, err)
	}
	if err := migrateCopy(ctx, copied, options); err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), copied, path))
	}
	options.ReadOnly = true
	s, err := Open(ctx, copied, options)
	if err != nil {
		return nil, err
	}
	return &Snapshot{store: s, from: path, folder: folder}, nil
}

// Close removes the copy.
func (s *Snapshot) Close() error {
	return errors.Join(s.store.Close(), os.RemoveAll(s.folder))
}

// Path is that of the database.
func (s *Snapshot) Path() string { return s.from }

// Named is the snapshot with another path for its database, as where that was unpacked from a file.
func (s *Snapshot) Named(path string) *Snapshot { s.from = path; return s }

// Runs are all runs of the database, the oldest first.
func (s *Snapshot) Runs(ctx context.Context) ([]Run, error) {
	runs, err := collect(ctx, s.store, selectRun+" ORDER BY id", nil, s.store.scanRun)
	if err != nil {
		return nil, s.named(err)
	}
	return runs, nil
}

// Artifacts returns the files that a run of the database wrote, as Store.Artifacts does.
func (s *Snapshot) Artifacts(ctx context.Context, run int64) ([]Artifact, error) {
	files, err := s.store.Artifacts(ctx, run)
	for i := range files {
		if path, err := filepath.Rel(s.folder, files[i].Path); err == nil && filepath.IsLocal(path) {
			files[i].Path = s.located(filepath.ToSlash(path))
		}
	}
	return files, s.named(err)
}

// located is where a path that the database has stored leads to.
func (s *Snapshot) located(path string) string { return (&Store{path: s.from}).Located(path) }

// named is an error about the copy as one about the database.
func (s *Snapshot) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w", &aboutCopy{err, strings.ReplaceAll(err.Error(), s.store.path, s.from)})
}

// aboutCopy is an error whose text names the database instead of its copy.
type aboutCopy struct {
	error
	text string
}

func (e *aboutCopy) Error() string { return e.text }
func (e *aboutCopy) Unwrap() error { return e.error }

// backup copies a database, all of it as at one moment, by SQLite's online backup.
func backup(ctx context.Context, from, to string, busy time.Duration) error {
	defer tidyAfter(from)()
	source, err := connect(ctx, reading, waiting{path: from, patience: busy}, nil)
	if err != nil {
		return err
	}
	defer source.Close()
	address, err := dsn(to, url.Values{"mode": {"rwc"}})
	if err != nil {
		return err
	}
	target := sql.OpenDB(connector{address, nil})
	defer target.Close()
	return withConnections(ctx, target, source, func(to, from *sqlite3.SQLiteConn) error {
		work, err := to.Backup("main", from, "main")
		if err != nil {
			return err
		}
		for done := false; !done && err == nil; {
			done, err = work.Step(-1)
			if err == nil && !done { // locked by another process
				select {
				case <-ctx.Done():
					err = ctx.Err()
				case <-time.After(20 * time.Millisecond):
				}
			}
		}
		return errors.Join(err, work.Finish())
	})
}

// withConnections gives work the driver's connections of two databases.
func withConnections(ctx context.Context, a, b *sql.DB, work func(a, b *sqlite3.SQLiteConn) error) error {
	first, err := a.Conn(ctx)
	if err != nil {
		return err
	}
	defer first.Close()
	second, err := b.Conn(ctx)
	if err != nil {
		return err
	}
	defer second.Close()
	return first.Raw(func(a any) error {
		return second.Raw(func(b any) error { return work(a.(*sqlite3.SQLiteConn), b.(*sqlite3.SQLiteConn)) })
	})
}

// migrateCopy brings a copy to the newest schema, and looks through its pages for damage.
func migrateCopy(ctx context.Context, path string, options Options) error {
	s, err := Open(ctx, path, options)
	if err != nil {
		return err
	}
	defer s.Close()
	var found string
	if err := s.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return explain(path, err)
	}
	if found != "ok" {
		return fmt.Errorf("results database %s: is damaged (%s); restore a copy, or save what is readable with the shell's "+
			".recover", path, found)
	}
	return nil
}
