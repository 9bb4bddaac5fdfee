package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
)

// unknown is what a job notes of the workers that do not know it: they are of another
// version of kontrast, or have not its method.
type unknown struct {
	Since time.Time `json:"since"` // of the first of them, by the clock of the database
	By    []string  `json:"by"`    // their names
}

// unknownPatience is for how many pauses a job that no worker knows waits for one that does.
const unknownPatience = 6

// giveUp notes that this worker does not know a job, and says whether it is to be
// parked: no worker of its queue that is alive knows it, and none has come for a while.
func (w *Worker) giveUp(ctx context.Context, job *river.Job[Args]) (park bool, err error) {
	now, err := w.Queue.now(ctx)
	if err != nil {
		return false, err
	}
	var note metadata
	if err := json.Unmarshal(job.Metadata, &note); err != nil {
		return false, err
	}
	if note.Unknown == nil {
		note.Unknown = &unknown{Since: now}
	}
	if !slices.Contains(note.Unknown.By, w.Name) {
		note.Unknown.By = append(note.Unknown.By, w.Name)
	}
	if now.Sub(note.Unknown.Since) >= unknownPatience*w.unfitPause() {
		alive, err := w.Queue.alive(ctx, job.Queue)
		if err != nil {
			return false, err
		}
		park = !slices.ContainsFunc(alive, func(name string) bool { return !slices.Contains(note.Unknown.By, name) })
	}
	if park {
		note.Unknown = nil // for when it is retried
	}
	return park, w.Queue.note(ctx, job.ID, map[string]any{unknownKey: note.Unknown})
}

// unknownTo is the error of a job that is parked, with its advice.
func unknownTo(err error) error {
	var advised interface{ Hint() string }
	if errors.As(err, &advised) {
		return fmt.Errorf("no worker knows it (%s): %w", advised.Hint(), err)
	}
	return fmt.Errorf("no worker knows it: %w", err)
}

// unknownKey is that of metadata.Unknown.
const unknownKey = "kontrast_unknown"

// note changes the metadata of a job.
func (q *Queue) note(ctx context.Context, id int64, values map[string]any) error {
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	_, err = q.db.ExecContext(ctx, "UPDATE river_job SET metadata = "+q.noted()+" WHERE id = $2", string(text), id)
	return err
}

// noted is the SQL of metadata with the first parameter's values.
func (q *Queue) noted() string {
	if q.postgres {
		return "metadata || $1::jsonb"
	}
	return "jsonb_patch(metadata, $1)"
}
