package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// entry is something to record of a run, all of it or nothing. It is applied
// to the database or, for as long as that can't be written, kept in a file (see
// outbox.go), as JSON.
type entry struct {
	Time        string            `json:"time"` // when it was to be recorded
	Metrics     []metric          `json:"metrics,omitempty"`
	Step        int64             `json:"step,omitempty"`    // of the training, by then
	Seconds     float64           `json:"seconds,omitempty"` // of work on the run, by then
	Evaluations *evaluationsEntry `json:"evaluations,omitempty"`
	Predictions *predictionsEntry `json:"predictions,omitempty"`
	Alarm       *alarmEntry       `json:"alarm,omitempty"`
	LeftOut     []LeftOut         `json:"left_out,omitempty"`
	Pixels      *pixelsEntry      `json:"pixels,omitempty"`
	Artifact    *artifactEntry    `json:"artifact,omitempty"`
	Import      *Import           `json:"import,omitempty"`
	End         *endEntry         `json:"end,omitempty"`
}

type evaluationsEntry struct {
	Protocol Protocol           `json:"protocol"`
	Step     int64              `json:"step"`
	Values   map[string]float64 `json:"values"`
}

type predictionsEntry struct {
	Protocol Protocol     `json:"protocol"`
	Samples  []Prediction `json:"samples"`
}

type alarmEntry struct {
	Step   int64  `json:"step"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
}

type pixelsEntry struct {
	Split string `json:"split"`
	Sum   string `json:"sum"`
}

type artifactEntry struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

type endEntry struct {
	Status Status  `json:"status"`
	Error  *string `json:"error"`
}

// apply writes the entry to the rows of a run.
func (e *entry) apply(ctx context.Context, tx *sql.Tx, run int64) error {
	if err := insertMetrics(ctx, tx, run, e.Metrics); err != nil {
		return err
	}
	exec := func(query string, args ...any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	err := exec("UPDATE runs SET heartbeat = ?, step = max(step, ?), seconds = max(seconds, ?) WHERE id = ? AND status = 'running'",
		e.Time, e.Step, e.Seconds, run)
	if err == nil && e.Evaluations != nil {
		err = e.Evaluations.insert(ctx, tx, run, e.Time)
	}
	if err == nil && e.Predictions != nil {
		err = e.Predictions.insert(ctx, tx, run)
	}
	if a := e.Alarm; err == nil && a != nil {
		err = exec(`
			INSERT INTO alarms (run, step, kind, detail, time) SELECT ?1, ?2, ?3, ?4, ?5
			WHERE NOT EXISTS (SELECT 1 FROM alarms WHERE run = ?1 AND step = ?2 AND kind = ?3)`,
			run, a.Step, a.Kind, a.Detail, e.Time)
	}
	if err == nil {
		err = insertLeftOut(ctx, tx, run, e.LeftOut)
	}
	if p := e.Pixels; err == nil && p != nil {
		err = exec("UPDATE splits SET pixels = ? WHERE run = ? AND split = ? AND pixels IS NULL", p.Sum, run, p.Split)
	}
	if err == nil && e.Import != nil {
		err = e.Import.insert(ctx, tx, run)
	}
	if a := e.Artifact; err == nil && a != nil {
		err = exec("INSERT OR REPLACE INTO artifacts (run, path, kind, sha256, bytes, time) VALUES (?, ?, ?, ?, ?, ?)",
			run, a.Path, a.Kind, a.SHA256, a.Bytes, e.Time)
	}
	if end := e.End; err == nil && end != nil {
		err = exec("UPDATE runs SET status = ?, error = ?, finished = ?, heartbeat = ? WHERE id = ?",
			string(end.Status), end.Error, e.Time, e.Time, run)
	}
	return err
}

func (e *evaluationsEntry) insert(ctx context.Context, tx *sql.Tx, run int64, now string) error {
	id, err := e.Protocol.upsert(ctx, tx)
	if err != nil {
		return err
	}
	for metric, value := range e.Values {
		_, err := tx.ExecContext(ctx,
			`INSERT OR REPLACE INTO evaluations (run, protocol, metric, step, value, time) VALUES (?, ?, ?, ?, ?, ?)`,
			run, id, metric, e.Step, value, now)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *predictionsEntry) insert(ctx context.Context, tx *sql.Tx, run int64) error {
	id, err := p.Protocol.upsert(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM packed_predictions WHERE run = ? AND protocol = ?",
		run, id); err != nil {
		return err
	}
	if err := insertPacked(ctx, tx, run, id, p.Samples); err != nil {
		return fmt.Errorf("%s: %w", p.Protocol, err)
	}
	return nil
}

// insertLeftOut records files. Names that are no UTF-8 are stored with their other bytes replaced.
func insertLeftOut(ctx context.Context, tx *sql.Tx, run int64, files []LeftOut) error {
	if len(files) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(
		ctx, "INSERT OR IGNORE INTO left_out (run, split, path, reason, sample, files) VALUES (?, ?, ?, ?, ?, ?)",
	)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, f := range files {
		sample := sql.NullInt64{Int64: int64(f.Sample), Valid: f.Sample >= 0}
		if _, err := insert.ExecContext(ctx, run, f.Split, strings.ToValidUTF8(f.Path, "\ufffd"),
			strings.ToValidUTF8(f.Reason, "\ufffd"), sample, f.Files); err != nil {
			return err
		}
	}
	return nil
}
