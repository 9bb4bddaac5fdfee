package store

import (
	"context"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// tryFor is how long SQLite itself waits for a lock, in one of the tries that a wait is made of.
	tryFor = 500 * time.Millisecond
	// tellAfter is after how long a wait is told of.
	tellAfter = 2 * time.Second
)

// waiting is a wait for a database that other processes may have locked.
type waiting struct {
	path     string
	patience time.Duration
	note     func(string) // nil for silence
}

// wait calls try until it fails by something else than a lock, or not at all,
// for as long as the patience lasts. It tells of a wait that is more than short.
func (w waiting) wait(ctx context.Context, try func() error) error {
	begun, told := time.Now(), false
	for {
		err := try()
		if !isCode(err, sqlite3.ErrBusy, sqlite3.ErrLocked) {
			return err
		}
		passed := time.Since(begun)
		if passed >= w.patience {
			if w.patience > tellAfter {
				return fmt.Errorf("results database %s: %w for too long (%v%s); end that process or wait, then try again",
					w.path, ErrLocked, w.patience, holderOf(w.path))
			}
			return err
		}
		if passed >= tellAfter && !told && w.note != nil {
			told = true
			w.note(fmt.Sprintf("results database %s: %v%s; waiting for it for up to %v: commit or close what that process "+
				"does with it",
				w.path, ErrLocked, holderOf(w.path), w.patience))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// patiently calls do, again and again while the database is locked, at most for the patience.
func (s *Store) patiently(ctx context.Context, patience time.Duration, do func() error) error {
	return explain(s.path, waiting{s.path, patience, s.options.Note}.wait(ctx, do))
}
