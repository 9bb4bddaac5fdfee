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

// metadata is what we note in that of River's job.
type metadata struct {
	At Position `json:"kontrast"`
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
		counts, _, err := q.count(ctx, study)
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
	counts, ended, err := q.count(ctx, study)
	if err != nil {
		return p, err
	}
	p.Summary = Summary{study, counts}
	of := func(condition, order string) error {
		jobs, err := q.jobs(ctx, study, condition, fmt.Sprintf("ORDER BY %s LIMIT %d", order, most))
		p.Jobs = append(p.Jobs, jobs...)
		return err
	}
	if err := of("state = 'running'", "id"); err != nil {
		return p, err
	}
	for _, state := range []State{Failed, Canceled} {
		shown := 0
		for _, job := range ended {
			if job.State == state && shown < most {
				p.Jobs = append(p.Jobs, job)
				shown++
			}
		}
	}
	if err := of("state NOT IN ('running', 'completed', 'cancelled', 'discarded')", "priority, id"); err != nil {
		return p, err
	}
	if err := of("state = 'completed'", "finalized_at DESC, id DESC"); err != nil {
		return p, err
	}
	for _, n := range counts {
		p.Cut = p.Cut || n > most
	}
	return p, nil
}

// count counts the runs of a study by state, and returns those that ended without being done.
func (q *Queue) count(ctx context.Context, study string) (counts map[State]int, ended []Job, err error) {
	counts, err = q.countLive(ctx, study)
	if err != nil {
		return nil, nil, fmt.Errorf("queue %s: %w", q.url, err)
	}
	// Whether they failed is in their errors.
	ended, err = q.jobs(ctx, study, "state IN ('cancelled', 'discarded')", "ORDER BY id")
	for _, job := range ended {
		counts[job.State]++
	}
	return counts, ended, err
}

func (q *Queue) countLive(ctx context.Context, study string) (map[State]int, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT state, count(*) FROM river_job WHERE kind = $1 AND "+q.studyOf()+
		" = $2 AND state NOT IN ('cancelled', 'discarded') GROUP BY state", kind, study)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[State]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[stateOf(state, "")] += n
	}
	return counts, rows.Err()
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
