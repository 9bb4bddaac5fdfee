package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Import says where the weights of an imported run are from.
type Import struct {
	Source  string // path of the file, as it was given
	SHA256  string // of the file, hexadecimal
	Bytes   int64
	Format  string   // kind of file
	Layout  string   // whose names its tensors have
	Network string   // which network of the file; empty for the only one
	Method  string   // that the weights were trained by; empty if not known
	License string   // empty if not given
	Taken   int      // tensors that the backbone has
	LeftOut []string // the network's other tensors
	// Positions says how position embeddings were resized; empty for not at all.
	Positions string
}

// ImportOf returns where the weights of an imported run are from, as far as its user said: the method that they were
// trained by and their license. The error is ErrNotFound for other runs.
func (s *Store) ImportOf(ctx context.Context, run int64) (i Import, err error) {
	err = s.row(ctx, "SELECT source, sha256, method, license FROM imports WHERE run = ?", run)(
		&i.Source, &i.SHA256, &i.Method, &i.License)
	if errors.Is(err, sql.ErrNoRows) {
		return i, fmt.Errorf("the weights of run %d: %w in %s", run, ErrNotFound, s.path)
	}
	return i, err
}

// SetImport records that the run's weights are another program's.
func (w *RunWriter) SetImport(ctx context.Context, i Import) error {
	return w.record(ctx, &entry{Import: &i})
}

func (i *Import) insert(ctx context.Context, tx *sql.Tx, run int64) error {
	leftOut, err := json.Marshal(append([]string{}, i.LeftOut...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT OR REPLACE INTO imports
			(run, source, sha256, bytes, format, layout, network, method, license, taken, left_out, positions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		run, i.Source, i.SHA256, i.Bytes, i.Format, i.Layout, i.Network, i.Method, i.License, i.Taken,
		string(leftOut), i.Positions)
	return err
}
