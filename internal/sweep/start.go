package sweep

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// kind is that of our jobs.
const kind = "kontrast_run"

// Args are what a job is to make.
type Args struct {
	Study      string          `json:"study" river:"unique"`
	Method     string          `json:"method" river:"unique"`
	ConfigHash string          `json:"config_hash" river:"unique"`
	Seed       uint64          `json:"seed" river:"unique"`
	Retries    int             `json:"retries"`        // failures before it is parked
	Keep       bool            `json:"keep,omitempty"` // the last checkpoint stays for who collects
	Task       experiment.Task `json:"task"`
}

// Kind implements [river.JobArgs].
func (Args) Kind() string { return kind }

// Sweep is what Start enqueues.
type Sweep struct {
	Study    string
	Tasks    []experiment.Task
	Owner    string // identity of the database that collects
	Priority int    // 1, the highest, to 4
	Retries  int    // failures before a run is parked
	// Backend is what all runs are computed on, as [backend.Kind] says it; empty for the default.
	Backend string
	Keep    bool // the last checkpoint of each run, for who collects
	// Tier are the kernels that all runs are to be made with, such as "avx512"; empty for any.
	Tier string
}

// ErrOwned says that a study is another database's.
var ErrOwned = errors.New("belongs to another database")

// maxAttempts is how often River starts a job: also after every worker that
// dies, which is no fault of the job's. Failures are counted by the worker.
const maxAttempts = 30_000

// batch is how many jobs are inserted at once.
const batch = 500

// Start enqueues the runs of a study, one job each, and returns how many are
// new. A run that has a job already is left as it is.
func (q *Queue) Start(ctx context.Context, s Sweep) (fresh int, err error) {
	if err := q.claim(ctx, s); err != nil {
		return 0, err
	}
	c, err := q.newClient(&river.Config{Logger: silentLog()})
	if err != nil {
		return 0, err
	}
	for first := 0; first < len(s.Tasks); first += batch {
		var params []river.InsertManyParams
		for _, task := range s.Tasks[first:min(first+batch, len(s.Tasks))] {
			if task.UUID, err = newUUID(); err != nil {
				return fresh, err
			}
			params = append(params, river.InsertManyParams{
				Args: Args{Study: task.Study, Method: task.Method, ConfigHash: task.ConfigHash, Seed: task.Seed,
					Retries: s.Retries, Keep: s.Keep, Task: task},
				InsertOpts: &river.InsertOpts{
					Tags:        tagsOf(task.Study, task.Method, task.Backbone, task.Dataset),
					MaxAttempts: maxAttempts, Priority: s.Priority, Queue: queueOf(s.Backend, s.Tier),
					UniqueOpts: river.UniqueOpts{ByArgs: true},
				},
			})
		}
		// Without ScheduledAt, for which the jobs would wait until River's scheduler has moved
		// them: on SQLite one by one in a transaction of 10,000, which it gives up after 30 s.
		results, err := c.InsertMany(ctx, params)
		if err != nil {
			return fresh, fmt.Errorf("queue %s: %w", q.url, err)
		}
		for _, result := range results {
			if !result.UniqueSkippedAsDuplicate {
				fresh++
			}
		}
	}
	return fresh, nil
}

// tagsOf are those words that River takes as tags, by which River UI finds jobs.
func tagsOf(words ...string) (tags []string) {
	for _, word := range words {
		if len(word) <= 255 && tag.MatchString(word) && !slices.Contains(tags, word) {
			tags = append(tags, word)
		}
	}
	return tags
}

var tag = regexp.MustCompile(`\A\w[\w\-]+\w\z`)

// claim makes the study that of a database, the one that collects it.
func (q *Queue) claim(ctx context.Context, s Sweep) error {
	_, err := q.db.ExecContext(
		ctx, "INSERT INTO kontrast_sweeps (study, owner) VALUES ($1, $2) ON CONFLICT (study) DO NOTHING", s.Study, s.Owner,
	)
	if err != nil {
		return fmt.Errorf("queue %s: %w", q.url, err)
	}
	return q.checkOwner(ctx, s.Study, s.Owner)
}

func (q *Queue) checkOwner(ctx context.Context, study, owner string) error {
	var has string
	if err := q.db.QueryRowContext(ctx, "SELECT owner FROM kontrast_sweeps WHERE study = $1",
		study).Scan(&has); err != nil {
		return fmt.Errorf("queue %s: study %s: %w", q.url, study, err)
	}
	if has != owner {
		return fmt.Errorf("queue %s: study %s %w (%s), which started it; use that one, or another --study",
			q.url, study, ErrOwned, has)
	}
	return nil
}

// queueOf is the queue of the jobs that need a backend, or the default one and a tier of its kernels.
func queueOf(kind, tier string) string {
	switch kind := backend.Kind(kind); {
	case kind != backend.Default:
		return "backend_" + strings.NewReplacer(":", "_", ",", "_", "=", "_").Replace(kind)
	case tier == "":
		return river.QueueDefault
	}
	return "tier_" + tier
}

func newUUID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}
