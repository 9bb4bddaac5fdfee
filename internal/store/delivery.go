package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// errOtherDatabase says that results are for another database.
var errOtherDatabase = errors.New("they are another database's")

// Outboxes are the files of results in a folder of runs that wait for the database.
func Outboxes(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var found []string
	for _, run := range entries {
		if !run.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(folder, run.Name()))
		if err != nil {
			continue
		}
		for _, file := range files {
			if name := file.Name(); file.Type().IsRegular() && isOutbox(name) {
				found = append(found, filepath.Join(folder, run.Name(), name))
			}
		}
	}
	return found
}

// outboxState is what the files of a run say that gave no sign of life: Running
// if a process holds one, Waiting if one waits for the database, Lost if there is none.
func (s *Store) outboxState(run Run) Status {
	state := Lost
	if s.options.Outbox == "" || !filepath.IsLocal(run.Name) {
		return state
	}
	files, err := filepath.Glob(filepath.Join(s.options.Outbox, run.Name, outboxPrefix+"*"+outboxSuffix))
	if err != nil {
		return state
	}
	for _, path := range files {
		of, _, err := readOutbox(path)
		if err != nil || of.Run != run.UUID {
			continue
		}
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		free, err := lock.TryLock()
		_ = lock.Close()
		if err == nil && !free {
			return Running
		}
		state = Waiting
	}
	return state
}

func isOutbox(name string) bool {
	return len(name) > len(outboxPrefix)+len(outboxSuffix) && name[:len(outboxPrefix)] == outboxPrefix &&
		filepath.Ext(name) == outboxSuffix
}

// takeIn writes the results that wait in files to the database, each file in
// one transaction and once, and removes it. Files that living processes fill
// are theirs. The error is that of a database that can't be written; what is
// wrong with a single file is told.
func (s *Store) takeIn(ctx context.Context) error {
	if s.options.Outbox == "" {
		return nil
	}
	for _, path := range Outboxes(s.options.Outbox) {
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if locked, err := lock.TryLock(); err != nil || !locked {
			_ = lock.Close()
			continue
		}
		err := s.takeInFile(ctx, path)
		_ = lock.Close()
		if unwritable(err) || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

func (s *Store) takeInFile(ctx context.Context, path string) error {
	of, entries, err := readOutbox(path)
	if errors.Is(err, fs.ErrNotExist) { // another process was faster
		return nil
	}
	if err == nil {
		err = s.deliver(ctx, s.options.BusyTimeout, of, entries)
	}
	switch {
	case errors.Is(err, errOtherDatabase):
		return nil
	case errors.Is(err, ErrTakenOver):
		s.note("results of run %s in %s are from before it was resumed, which makes them again; the file is no longer needed",
			of.Name, path)
		return os.Rename(path, path+".old")
	case err != nil:
		s.note("results in %s can't be taken in: %v", path, err)
		return err
	}
	s.note("the results of run %s that waited in %s are in the database now", of.Name, path)
	return os.Remove(path)
}

// deliver writes the entries of an outbox that the database has not had yet,
// and more after them, in one transaction.
func (s *Store) deliver(
	ctx context.Context, patience time.Duration, of origin, entries []*entry, more ...*entry,
) error {
	if s.identity != of.Database {
		return errOtherDatabase
	}
	return s.transactWithin(ctx, patience, func(tx *sql.Tx) error {
		var id int64
		var claim string
		err := tx.QueryRowContext(ctx, "SELECT id, claim FROM runs WHERE uuid = ?", of.Run).Scan(&id, &claim)
		if err == sql.ErrNoRows {
			return fmt.Errorf("run %s: %w in %s", of.Name, ErrNotFound, s.path)
		}
		if err != nil {
			return err
		}
		if of.Claim != "" && of.Claim != claim {
			return fmt.Errorf("run %s %w", of.Name, ErrTakenOver)
		}
		var had int
		if err := tx.QueryRowContext(ctx, "SELECT coalesce((SELECT entries FROM deliveries WHERE uuid = ?), 0)",
			of.UUID).Scan(&had); err != nil {
			return err
		}
		for _, e := range append(entries[min(had, len(entries)):len(entries):len(entries)], more...) {
			if err := e.apply(ctx, tx, id); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO deliveries (uuid, run, entries, time) VALUES (?, ?, ?, ?)",
			of.UUID, id, max(had, len(entries)), s.now())
		return err
	})
}

func (s *Store) note(format string, args ...any) {
	if s.options.Note != nil {
		s.options.Note(fmt.Sprintf(format, args...))
	}
}
