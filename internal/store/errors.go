package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mattn/go-sqlite3"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrForeign  = errors.New("belongs to another program")
	ErrNewer    = errors.New("written by a newer version")
	ErrOlder    = errors.New("written by an older version")
	ErrLocked   = errors.New("locked by another process")
	ErrNotFound = errors.New("not found")
	ErrFull     = errors.New("the disk is full")
	ErrGone     = errors.New("is gone, or another file lies in its place")
)

func isCode(err error, codes ...sqlite3.ErrNo) bool {
	var problem sqlite3.Error
	return errors.As(err, &problem) && slices.Contains(codes, problem.Code)
}

// unwritable says that an error is one of a database that can't be written now,
// and not of what is written to it.
func unwritable(err error) bool {
	return errors.Is(err, ErrLocked) || errors.Is(err, ErrGone) ||
		isCode(err, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr,
			sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrCorrupt, sqlite3.ErrNotADB)
}

// explained is an error that says in the user's terms what SQLite found.
type explained struct{ error }

func (e explained) Unwrap() error { return e.error }

// explain says in the user's terms what SQLite found wrong with the file. It
// returns errors that are not SQLite's, that are explained already, and nil, as they are.
func explain(path string, err error) error {
	var problem sqlite3.Error
	var done explained
	if !errors.As(err, &problem) || errors.As(err, &done) {
		return err
	}
	return explained{explanation(path, problem, err)}
}

func explanation(path string, problem sqlite3.Error, err error) error {
	switch problem.Code {
	case sqlite3.ErrNotADB:
		return fmt.Errorf("results database %s: not an SQLite database; name another file", path)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("results database %s: %w for too long; end that process or wait, then try again", path, ErrLocked)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return fmt.Errorf("results database %s: can't be written (%w); make the file and its directory writable or name "+
			"another file", path, err)
	case sqlite3.ErrCantOpen:
		return fmt.Errorf(
			"results database %s: can't be opened (%w); check the permissions of the file and its directory", path, err,
		)
	case sqlite3.ErrFull:
		return fmt.Errorf("results database %s: %w (%w); free some space, then resume the run or try again", path,
			ErrFull, err)
	case sqlite3.ErrIoErr:
		return fmt.Errorf("results database %s: the disk failed (%w); check its free space and health", path, err)
	case sqlite3.ErrCorrupt:
		return fmt.Errorf("results database %s: is damaged (%w); restore a copy, or save what is readable with the shell's "+
			".recover", path, err)
	case sqlite3.ErrInterrupt:
		return fmt.Errorf("results database %s: %w", path, context.Canceled)
	}
	return fmt.Errorf("results database %s: %w", path, err)
}
