package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// A worker renews its lease of a job every leaseRenewal. One that has not done
// so for leaseTime has lost it.
const (
	leaseRenewal = 2 * time.Second
	leaseTime    = 12 * time.Second
)

// longAgo is before any job began: attempted_at of a job whose lease has run out.
var longAgo = time.Unix(0, 0)

// renew renews the lease of an attempt at a job by the clock of the database,
// notes how far the run is, and says whether the job is still this worker's.
func (q *Queue) renew(ctx context.Context, id int64, attempt int, at Position) (held bool, err error) {
	note, err := json.Marshal(metadata{At: at})
	if err != nil {
		return true, err
	}
	// SQLite's driver numbers parameters as they come in the statement.
	result, err := q.db.ExecContext(
		ctx, "UPDATE river_job SET attempted_at = "+q.ago(0)+", metadata = "+q.noted()+
			" WHERE id = $2 AND attempt = $3 AND state = 'running'", string(note), id, attempt,
	)
	if err != nil {
		return true, err // nobody knows
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// expire marks the leases that have run out, for River's rescuer: it compares
// attempted_at with its own clock, which may be wrong.
func (q *Queue) expire(ctx context.Context) error {
	mark := "'1970-01-01 00:00:00.000'"
	if q.postgres {
		mark = "to_timestamp(0)"
	}
	_, err := q.db.ExecContext(ctx, "UPDATE river_job SET attempted_at = "+mark+
		" WHERE state = 'running' AND kind = $1 AND attempted_at < "+q.ago(leaseTime)+" AND attempted_at > "+mark, kind)
	return err
}

// markingPause is the least time between two markings of leases, by whichever workers.
const markingPause = leaseRenewal * 3 / 4

// turn says whether it is the turn of the caller to mark leases. All workers ask
// every leaseRenewal; if each of them looked at all running jobs, the work would
// grow with the square of their number.
func (q *Queue) turn(ctx context.Context) (ours bool, err error) {
	due := " WHERE at < " + q.ago(markingPause)
	err = q.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM kontrast_marking"+due+")").Scan(&ours)
	if err != nil || !ours {
		return false, err
	}
	result, err := q.db.ExecContext(ctx, "UPDATE kontrast_marking SET at = "+q.ago(0)+due)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// ago is the SQL of a time by the clock of the database.
func (q *Queue) ago(d time.Duration) string {
	if q.postgres {
		return fmt.Sprintf("now() - interval '%d milliseconds'", d.Milliseconds())
	}
	return fmt.Sprintf("datetime('now', 'subsec', '-%.3f seconds')", d.Seconds())
}

// Timeout implements [river.Worker]. A running job has none: the rescuer, which
// asks too, leaves it alone unless its lease is marked as run out.
func (w *Worker) Timeout(job *river.Job[Args]) time.Duration {
	if job.AttemptedAt != nil && job.AttemptedAt.Before(longAgo.Add(time.Hour)) {
		return time.Nanosecond
	}
	return -1
}

// hold renews the lease of a job until ctx ends. It returns when the lease is lost.
func (w *Worker) hold(ctx context.Context, job *river.Job[Args]) (lost bool) {
	ticker := time.NewTicker(leaseRenewal)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
		held, err := w.Queue.renew(ctx, job.ID, job.Attempt, w.position(ctx, job.Args.Task.UUID))
		if err == nil && !held {
			return true
		}
	}
}

// finalized says whether a job has come to its end, by whomever.
func (q *Queue) finalized(ctx context.Context, id int64) (bool, error) {
	var state string
	err := q.db.QueryRowContext(ctx, "SELECT state FROM river_job WHERE id = $1", id).Scan(&state)
	return state == "completed" || state == "cancelled" || state == "discarded", err
}
