// Package store keeps the results of experiments in one SQLite file.
//
// A process opens the file with Open, announces a run with CreateRun and then
// logs metrics, evaluations, predictions, alarms and artifacts through the
// RunWriter it got. Several processes may write the same file: each waits for
// the other. Whoever reads uses the documented views (see Views): from Go, by
// Query, or with any SQLite shell of version 3.40 or later.
//
// The tables are STRICT and the journal is a write-ahead log, so that readers
// never wait for a writer.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// ApplicationID marks a file as a database of this package, in the header
// field that SQLite keeps for that ("kntr" in ASCII).
const ApplicationID = 0x6b6e7472

// Options adjust Open. The zero value opens for writing. Times must not be negative.
type Options struct {
	// ReadOnly opens an existing file and never changes it.
	ReadOnly bool
	// BusyTimeout is how long a database is waited for that another process has locked; 0 means 10 s.
	BusyTimeout time.Duration
	// Note is told what a user should know: that a lock is waited for, or where
	// results wait; nil for silence. Calls may come from any goroutine.
	Note func(message string)
	// Outbox is the folder of the runs, in whose own folders results wait while
	// the database can't be written. Opening the database for writing takes in
	// what waits there. Empty for none: then what can't be written is an error.
	Outbox string
	// FlushInterval is how often a RunWriter writes its metrics and its
	// heartbeat without being asked; 0 means 5 s.
	FlushInterval time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 10 * time.Second
	}
	if o.FlushInterval == 0 {
		o.FlushInterval = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) waiting(path string) waiting { return waiting{path, o.BusyTimeout, o.Note} }

// Store is an open database of results. It is safe for concurrent use.
type Store struct {
	path    string
	options Options
	db      *sql.DB
	tidy    func() // what to do after closing

	identity string      // UUID of the database, if it is open for writing
	file     fs.FileInfo // of the database, if it is open for writing
}

// Open opens the database at path. For writing it makes the file if it is
// missing or empty, and brings an older schema up to date. A file that belongs
// to another program, or to a newer version of this one, is refused and left
// as it is. The context bounds the opening only.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	if options.BusyTimeout < 0 || options.FlushInterval < 0 {
		return nil, fmt.Errorf("results database %s: a busy timeout of %v and a flush interval of %v: neither may be "+
			"negative; 0 means the default",
			path, options.BusyTimeout, options.FlushInterval)
	}
	options = options.withDefaults()
	exists, err := checkPath(path, options.ReadOnly)
	if err != nil {
		return nil, err
	}
	current := false
	if exists {
		if current, err = checkOwner(ctx, path, options); err != nil {
			return nil, err
		}
	}
	mode, tidy := writing, func() {}
	if options.ReadOnly {
		mode, tidy = reading, tidyAfter(path)
	}
	db, err := connect(ctx, mode, options.waiting(path), nil)
	if err != nil {
		return nil, explain(path, err)
	}
	s := &Store{path: path, options: options, db: db, tidy: tidy}
	if !options.ReadOnly && !current {
		if err := s.migrate(ctx); err != nil {
			db.Close()
			return nil, explain(path, err)
		}
	}
	if !options.ReadOnly {
		if s.file, err = os.Stat(path); err == nil {
			s.identity, err = s.Identity(ctx)
		}
		if err == nil {
			err = s.takeIn(ctx)
		}
		if err != nil {
			db.Close()
			return nil, err
		}
	}
	return s, nil
}

// Path returns the path that the store was opened with.
func (s *Store) Path() string { return s.path }

// Close closes the database. Close the writers of running runs first.
func (s *Store) Close() error {
	defer s.tidy()
	return s.db.Close()
}

func (s *Store) now() string { return stamp(s.options.Now()) }

// checkPath says whether there is a file with content at path, and refuses
// what can't become a database.
func checkPath(path string, mustExist bool) (exists bool, err error) {
	if path == "" {
		return false, fmt.Errorf("results database: the path is empty; name a file, such as experiments.db")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return false, fmt.Errorf("results database %s: is a directory; name a file in it, such as %s",
			path, filepath.Join(path, "experiments.db"))
	case err == nil && !info.Mode().IsRegular():
		return false, fmt.Errorf("results database %s: is %s; name a file, such as experiments.db",
			path, textfile.KindOf(info.Mode()))
	case err == nil && (info.Size() > 0 || !mustExist):
		return info.Size() > 0, nil
	case err == nil:
		return false, fmt.Errorf("results database %s: the file is empty; run an experiment first", path)
	case !os.IsNotExist(err):
		return false, fmt.Errorf("results database %s: %w", path, err)
	case mustExist:
		return false, fmt.Errorf("results database %s: %w; run an experiment first or name another file",
			path, fs.ErrNotExist)
	}
	directory := filepath.Dir(path)
	if info, err := os.Stat(directory); err != nil {
		return false, fmt.Errorf("results database %s: its directory: %w; make it first", path, err)
	} else if !info.IsDir() {
		return false, fmt.Errorf("results database %s: %s is not a directory", path, directory)
	}
	return false, nil
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// there says that the database is still the file at its path: SQLite goes on
// writing to one that was removed, and nobody would find it.
func (s *Store) there() error {
	if info, err := os.Stat(s.path); err != nil || !os.SameFile(info, s.file) {
		return fmt.Errorf("results database %s: %w; put it back", s.path, ErrGone)
	}
	return nil
}

// transact runs do in a transaction that is committed if do returns nil. A
// database that is locked is waited for; do may be called again then.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	return s.transactWithin(ctx, s.options.BusyTimeout, do)
}

// transactWithin is transact with a patience of its own.
func (s *Store) transactWithin(ctx context.Context, patience time.Duration, do func(*sql.Tx) error) error {
	return s.patiently(ctx, patience, func() error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // no effect after Commit
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}
