package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// LeftOut is a file, or several of a kind, that a run left out of its data set.
type LeftOut struct {
	Split  string // train or test
	Path   string // the file, or the first of several
	Reason string
	Sample int // its index in the split; -1 if it was to be none
	Files  int // how many it stands for, at least 1
}

// AddLeftOut records what a run leaves out. What is recorded of the run
// already, by split and path, stays as it is. Names that are no UTF-8 are
// stored with their other bytes replaced.
func (w *RunWriter) AddLeftOut(ctx context.Context, files []LeftOut) error {
	if len(files) == 0 {
		return nil
	}
	return w.transact(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO left_out (run, split, path, reason, sample, files) VALUES (?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, f := range files {
			if f.Path == "" || f.Files < 1 {
				return fmt.Errorf("run %s: %d files left out of %s at %q; there must be a path and at least one", w.Name, f.Files, f.Split, f.Path)
			}
			sample := sql.NullInt64{Int64: int64(f.Sample), Valid: f.Sample >= 0}
			if _, err := insert.ExecContext(ctx, w.ID, f.Split, strings.ToValidUTF8(f.Path, "\ufffd"), strings.ToValidUTF8(f.Reason, "\ufffd"), sample, f.Files); err != nil {
				return err
			}
		}
		return nil
	})
}
