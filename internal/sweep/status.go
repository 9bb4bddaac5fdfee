package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/riverqueue/river"
)

// State is where a run of a sweep stands.
type State string

// The states of a run.
const (
	Waiting  State = "waiting"
	Working  State = "running"
	Done     State = "done"
	Failed   State = "failed" // parked with its error
	Canceled State = "canceled"
)

// States lists the states in the order of a run's life.
var States = []State{Waiting, Working, Done, Failed, Canceled}

// Job is a run of a sweep.
type Job struct {
	ID       int64
	Args     Args
	State    State
	Attempts int
	Worker   string // that is at it, or was last
	Error    string // of its last failure
	At       Position
}

// Jobs are the runs of a study, in the order in which they were enqueued.
func (q *Queue) Jobs(ctx context.Context, study string) ([]Job, error) {
	return q.jobs(ctx, study, "", "ORDER BY id")
}

// jobs are those of a study for which a condition on River's states holds, which
// is empty for all, and in an order.
func (q *Queue) jobs(ctx context.Context, study, condition, order string) ([]Job, error) {
	lists := func(column string) string { return "coalesce(json(" + column + "), '[]')" }
	object := func(column string) string { return "json(" + column + ")" }
	if q.postgres {
		lists = func(column string) string { return "coalesce(array_to_json(" + column + ")::text, '[]')" }
		object = func(column string) string { return column + "::text" }
	}
	if condition != "" {
		condition = " AND " + condition
	}
	rows, err := q.db.QueryContext(ctx, "SELECT id, "+object("args")+", state, attempt, "+lists("attempted_by")+
		", "+lists("errors")+", "+object("metadata")+
		" FROM river_job WHERE kind = $1 AND "+q.studyOf()+" = $2"+condition+" "+order, kind, study)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", q.url, err)
	}
	defer rows.Close()
	var jobs []Job
	for rows.Next() {
		job, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("queue %s: %w", q.url, err)
		}
		jobs = append(jobs, job)
	}
	return jobs, rows.Err()
}

func (q *Queue) studyOf() string {
	if q.postgres {
		return "args ->> 'study'"
	}
	return "json_extract(args, '$.study')"
}

func scanJob(rows *sql.Rows) (job Job, err error) {
	var args, state, by, failures, noted string
	if err := rows.Scan(&job.ID, &args, &state, &job.Attempts, &by, &failures, &noted); err != nil {
		return job, err
	}
	var workers []string
	var problems []struct {
		Error string `json:"error"`
	}
	var note metadata
	for _, part := range []struct {
		text string
		to   any
	}{{args, &job.Args}, {by, &workers}, {failures, &problems}, {noted, &note}} {
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return job, fmt.Errorf("job %d: %w", job.ID, err)
		}
	}
	job.At = note.At
	if len(workers) > 0 {
		job.Worker = workers[len(workers)-1]
	}
	for _, problem := range problems {
		if !strings.Contains(problem.Error, rescued) && !strings.Contains(problem.Error, interrupted) {
			job.Error = problem.Error
		}
	}
	job.State = stateOf(state, note.Canceled != "")
	return job, nil
}

// rescued is in the error that River writes of a job whose worker is gone.
const rescued = "rescued by JobRescuer"

// interrupted is in the error that River writes of a job that was canceled while a worker was at it.
const interrupted = "cancelled remotely"

// stateOf is the state of a job of River's. The job of a run that fails for good
// is canceled by its worker; one that a user cancels has that in its metadata.
func stateOf(state string, byUser bool) State {
	switch state {
	case "running":
		return Working
	case "completed":
		return Done
	case "discarded":
		return Failed
	case "cancelled":
		if byUser {
			return Canceled
		}
		return Failed
	}
	return Waiting
}

// left says whether there are jobs of these of River's queues that are to be made
// or are being made, of any study.
func (q *Queue) left(ctx context.Context, queues []string) (some bool, err error) {
	for _, queue := range queues {
		err = q.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM river_job WHERE kind = $1 AND queue = $2 AND state IN "+
			"('available', 'pending', 'retryable', 'running', 'scheduled'))", kind, queue).Scan(&some)
		if some || err != nil {
			break
		}
	}
	return some, err
}

func (q *Queue) leftOf(ctx context.Context, study string) (n int, err error) {
	err = q.db.QueryRowContext(ctx, "SELECT count(*) FROM river_job WHERE kind = $1 AND "+q.studyOf()+
		" = $2 AND state NOT IN ('completed', 'cancelled', 'discarded')", kind, study).Scan(&n)
	return n, err
}

// Cancel takes the runs of a study that are not done out of the queue, and
// returns how many. A worker that is at one ends it.
func (q *Queue) Cancel(ctx context.Context, study string) (n int, err error) {
	return q.change(ctx, study, func(c client, job Job) error {
		_, err := c.JobCancel(ctx, job.ID)
		return err
	}, Waiting, Working)
}

// Retry enqueues the runs of a study again that failed or were canceled, and returns how many.
func (q *Queue) Retry(ctx context.Context, study string) (n int, err error) {
	return q.change(ctx, study, func(c client, job Job) error {
		// Its failures so far no longer count.
		if _, err := q.db.ExecContext(ctx, "UPDATE river_job SET errors = NULL WHERE id = $1", job.ID); err != nil {
			return err
		}
		_, err := c.JobRetry(ctx, job.ID)
		return err
	}, Failed, Canceled)
}

func (q *Queue) change(
	ctx context.Context, study string, do func(client, Job) error, states ...State,
) (n int, err error) {
	jobs, err := q.Jobs(ctx, study)
	if err != nil {
		return 0, err
	}
	c, err := q.newClient(&river.Config{Logger: silentLog()})
	if err != nil {
		return 0, err
	}
	for _, job := range jobs {
		for _, state := range states {
			if job.State != state {
				continue
			}
			if err := do(c, job); err != nil {
				return n, fmt.Errorf("queue %s: %s: %w", q.url, job.Args.Task.Name(), err)
			}
			n++
		}
	}
	return n, nil
}
