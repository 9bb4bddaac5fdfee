package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the SQL that takes a database from each schema version to
// the next; number i makes version i+1. What is released never changes: a new
// version is a new file.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // in order of their numbers
	if err != nil {
		return nil, err
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		script, err := fs.ReadFile(migrationFiles, name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(script)
	}
	return scripts, nil
}

// follows are what a schema version needs beside its SQL, by version.
var follows = map[int]func(context.Context, *sql.Tx) error{3: rehash, 7: identify, 9: packPredictions, 13: rehashPlaced,
	14: rehashPrompted}

// header is what identifies a database.
type header struct {
	application uint32
	version     int // of the schema: migrations applied
	tables      int // tables, views and indexes of any kind
}

// queryer is what a database, a connection and a transaction have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readHeader(ctx context.Context, q queryer) (h header, err error) {
	var application int32 // SQLite has a signed number there
	if err = q.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return h, err
	}
	h.application = uint32(application)
	if err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&h.version); err != nil {
		return h, err
	}
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&h.tables)
	return h, err
}

// blank says that nobody has put anything into the database.
func (h header) blank() bool { return h == header{} }

// check refuses a database that this program must not write, or not read.
func (h header) check(path string, newest int, readOnly bool) error {
	switch {
	case h.blank() && readOnly:
		return fmt.Errorf("results database %s: has no tables; run an experiment first", path)
	case h.blank():
		return nil
	case h.application != ApplicationID:
		return fmt.Errorf("results database %s: %w (application id %#x, %d tables and indexes); name another file",
			path, ErrForeign, h.application, h.tables)
	case h.version < 1:
		return fmt.Errorf("results database %s: damaged: its schema version is %d, expected 1 to %d; restore a copy",
			path, h.version, newest)
	case h.version > newest:
		return fmt.Errorf("results database %s: %w of kontrast (schema %d, this program knows up to %d); update kontrast "+
			"or name another file",
			path, ErrNewer, h.version, newest)
	case h.version < newest && readOnly:
		return fmt.Errorf("results database %s: %w of kontrast (schema %d, this program reads %d); any command that writes "+
			"to it, such as kontrast run, brings it up to date",
			path, ErrOlder, h.version, newest)
	}
	return nil
}

// checkOwner looks at the database without being able to change it, and says
// whether its schema is up to date.
func checkOwner(ctx context.Context, path string, options Options) (current bool, err error) {
	scripts, err := migrations()
	if err != nil {
		return false, err
	}
	db, err := connect(ctx, glancing, options.waiting(path), nil)
	if err != nil {
		return false, explain(path, err)
	}
	defer db.Close()
	var h header
	err = options.waiting(path).wait(ctx, func() error {
		h, err = readHeader(ctx, db)
		return err
	})
	if err != nil {
		return false, explain(path, err)
	}
	return h.version == len(scripts), h.check(path, len(scripts), options.ReadOnly)
}

// migrate brings the schema up to date, in one transaction for all steps.
// Processes that come at the same time wait and find it done.
func (s *Store) migrate(ctx context.Context) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.BusyTimeout+time.Minute)
	defer cancel()
	return s.transact(ctx, func(tx *sql.Tx) error { return s.migrateIn(ctx, tx, scripts) })
}

func (s *Store) migrateIn(ctx context.Context, tx *sql.Tx, scripts []string) error {
	h, err := readHeader(ctx, tx)
	if err != nil {
		return err
	}
	if err := h.check(s.path, len(scripts), false); err != nil || h.version == len(scripts) {
		return err
	}
	for _, script := range scripts[h.version:] {
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("schema version %d: %w", h.version+1, err)
		}
		h.version++
		if follow := follows[h.version]; follow != nil {
			if err := follow(ctx, tx); err != nil {
				return fmt.Errorf("schema version %d: %w", h.version, err)
			}
		}
	}
	// A PRAGMA takes no parameters.
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", ApplicationID, h.version)
	_, err = tx.ExecContext(ctx, mark)
	return err
}
