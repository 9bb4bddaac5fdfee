package sweep

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Position is how far a run is.
type Position struct {
	Step  int64 `json:"step"`
	Steps int64 `json:"steps"` // planned; 0 for unknown
}

// metadata is what that of River's job says of a run.
type metadata struct {
	At       Position `json:"kontrast"`                      // which we note there
	Canceled string   `json:"cancel_attempted_at,omitempty"` // when a user canceled it
	Unknown  *unknown `json:"kontrast_unknown,omitempty"`    // who does not know it; nil for nobody
}

// position reads how far a run is from the database that it is made in, and is
// zero where that can't be told yet.
func (w *Worker) position(ctx context.Context, id string) (at Position) {
	rows, err := store.Query(
		ctx, w.database(id), "SELECT step, coalesce(steps, 0) FROM runs ORDER BY id DESC LIMIT 1", store.Limits{},
	)
	if err != nil || len(rows.Values) == 0 {
		return at
	}
	at.Step, _ = rows.Values[0][0].(int64)
	at.Steps, _ = rows.Values[0][1].(int64)
	return at
}

// Summary is how many runs of a study are in which state.
type Summary struct {
	Study  string
	Counts map[State]int
}

// Summaries are those of the studies that a database owns, the latest first.
func (q *Queue) Summaries(ctx context.Context, owner string) ([]Summary, error) {
	studies, err := q.texts(ctx, "SELECT study FROM kontrast_sweeps WHERE owner = $1 ORDER BY created DESC, study", owner)
	if err != nil {
		return nil, err
	}
	all := []Summary{}
	for _, study := range studies {
		counts, err := q.count(ctx, study)
		if err != nil {
			return nil, err
		}
		all = append(all, Summary{study, counts})
	}
	return all, nil
}

// Progress is how far the runs of a study are.
type Progress struct {
	Summary
	// Jobs are those under way, the failed, the waiting, the canceled and the done, the last ones first.
	Jobs []Job
	Cut  bool // of each state only so many
}

// Progress returns how far the runs of a study are, with up to so many jobs of
// each state. A study that is not in the queue has none.
func (q *Queue) Progress(ctx context.Context, study string, most int) (p Progress, err error) {
	counts, err := q.count(ctx, study)
	if err != nil {
		return p, err
	}
	p.Summary = Summary{study, counts}
	of := func(condition, order string) error {
		jobs, err := q.jobs(ctx, study, condition, fmt.Sprintf("ORDER BY %s LIMIT %d", order, most))
		p.Jobs = append(p.Jobs, jobs...)
		return err
	}
	for _, part := range []struct{ condition, order string }{
		{"state = 'running'", "id"},
		{"(state = 'discarded' OR state = 'cancelled' AND NOT " + q.byUser() + ")", "id"},
		{"state = 'cancelled' AND " + q.byUser(), "id"},
		{"state NOT IN ('running', 'completed', 'cancelled', 'discarded')", "priority, id"},
		{"state = 'completed'", "finalized_at DESC, id DESC"},
	} {
		if err := of(part.condition, part.order); err != nil {
			return p, err
		}
	}
	for _, n := range counts {
		p.Cut = p.Cut || n > most
	}
	return p, nil
}

// count counts the runs of a study by state.
func (q *Queue) count(ctx context.Context, study string) (counts map[State]int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("queue %s: %w", q.url, err)
		}
	}()
	rows, err := q.db.QueryContext(ctx, "SELECT state, "+q.byUser()+", count(*) FROM river_job WHERE kind = $1 AND "+
		q.studyOf()+" = $2 GROUP BY 1, 2", kind, study)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts = map[State]int{}
	for rows.Next() {
		var state string
		var byUser bool
		var n int
		if err := rows.Scan(&state, &byUser, &n); err != nil {
			return nil, err
		}
		counts[stateOf(state, byUser)] += n
	}
	return counts, rows.Err()
}

// byUser is the SQL condition of a job that a user has canceled.
func (q *Queue) byUser() string {
	if q.postgres {
		return "metadata ->> 'cancel_attempted_at' IS NOT NULL"
	}
	return "json_extract(metadata, '$.cancel_attempted_at') IS NOT NULL"
}

// texts are the values of a query's one column.
func (q *Queue) texts(ctx context.Context, statement string, args ...any) (all []string, err error) {
	rows, err := q.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", q.url, err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("queue %s: %w", q.url, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("queue %s: %w", q.url, err)
	}
	return all, nil
}
