package sweep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/pgtest"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.EndShared()
	os.Exit(code)
}

// eachQueue runs a test on SQLite and on PostgreSQL. Most of its time it waits, and others run.
func eachQueue(t *testing.T, test func(*testing.T, *Queue)) {
	t.Parallel()
	open := func(t *testing.T, address string) *Queue {
		q, err := Open(t.Context(), address)
		check(t, err)
		t.Cleanup(q.Close)
		return q
	}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, filepath.Join(t.TempDir(), "queue.db")))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, pgtest.Database(t)))
	})
}

func tasks(seeds ...uint64) (all []experiment.Task) {
	for _, seed := range seeds {
		all = append(all, experiment.Task{Study: "s", Method: "simclr", Seed: seed, ConfigHash: "h", Config: []byte(`{}`)})
	}
	return all
}

func TestARunHasOneJob(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		for _, want := range []struct {
			seeds []uint64
			fresh int
		}{{[]uint64{1, 2}, 2}, {[]uint64{1, 2}, 0}, {[]uint64{1, 2, 3}, 1}} {
			fresh, err := q.Start(
				t.Context(), Sweep{Study: "s", Tasks: tasks(want.seeds...), Owner: "me", Priority: 2, Retries: 3},
			)
			if err != nil || fresh != want.fresh {
				t.Errorf("%v: %d are new, %v; want %d", want.seeds, fresh, err, want.fresh)
			}
		}
		if _, err := q.Start(t.Context(), Sweep{Study: "s", Owner: "another", Priority: 2}); !errors.Is(err, ErrOwned) {
			t.Errorf("another database starts it: %v, want ErrOwned", err)
		}
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		for i, job := range jobs {
			if job.State != Waiting || job.Args.Seed != uint64(i+1) || !safeName(job.Args.Task.UUID) {
				t.Errorf("job %+v", job)
			}
		}
		if len(jobs) != 3 {
			t.Errorf("%d jobs, want 3", len(jobs))
		}
	})
}

// TestALeaseThatRunsOutIsMarked looks at leases as the rescuer does, whose clock may be wrong by any time.
func TestALeaseThatRunsOutIsMarked(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: "me", Priority: 2, Retries: 3})
		check(t, err)
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		id := jobs[0].ID
		begin := func(ago string) {
			at := "datetime('now', 'subsec', '-" + ago + " seconds')"
			if q.postgres {
				at = "now() - interval '" + ago + " seconds'"
			}
			_, err := q.db.ExecContext(
				t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = "+at+" WHERE id = $1", id,
			)
			check(t, err)
		}
		timeout := func() time.Duration {
			check(t, q.expire(t.Context()))
			var at any
			check(t, q.db.QueryRowContext(t.Context(), "SELECT attempted_at FROM river_job WHERE id = $1", id).Scan(&at))
			row := &rivertype.JobRow{}
			switch at := at.(type) {
			case time.Time:
				row.AttemptedAt = &at
			case string:
				parsed, err := time.Parse("2006-01-02 15:04:05.999", at)
				check(t, err)
				row.AttemptedAt = &parsed
			}
			return (&Worker{}).Timeout(&river.Job[Args]{JobRow: row})
		}
		begin("5")
		if got := timeout(); got != -1 {
			t.Errorf("a lease of 5 s ago: timeout %v, want none", got)
		}
		begin("30")
		if got := timeout(); got <= 0 {
			t.Errorf("a lease of 30 s ago: timeout %v, want that the job is rescued", got)
		}
		if held, err := q.renew(t.Context(), id, 1, Position{Step: 3, Steps: 9}); !held || err != nil {
			t.Errorf("renewed before anybody took the job: %t, %v", held, err)
		}
		if got := timeout(); got != -1 {
			t.Errorf("a renewed lease: timeout %v, want none", got)
		}
		if held, err := q.renew(t.Context(), id, 2, Position{}); held || err != nil {
			t.Errorf("the lease of another attempt is renewed: %t, %v", held, err)
		}
	})
}

func TestWhatIsNoQueueIsRefused(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text")
	check(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600))
	for address, want := range map[string]string{
		"":                     "the queue is missing",
		"mysql://x/y":          `unknown kind "mysql"`,
		folder:                 "is a directory; name a file in it",
		text:                   "not a database",
		"postgres://%zz":       "queue: ",
		"/nowhere/at/all/q.db": "no such file",
	} {
		_, err := Open(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", address, err, want)
		}
	}
}

func TestJobsWaitForWorkersOfTheirBackend(t *testing.T) {
	for _, test := range []struct{ kind, tier, want string }{
		{"", "", "default"}, {"kontrast", "", "default"}, {"kontrast", "avx2", "tier_avx2"},
		{"xla:cuda", "avx2", "backend_xla_cuda"}, {"xla:cuda,tf32", "", "backend_xla_cuda_tf32"},
		{"xla:cuda,devices=4", "", "backend_xla_cuda_devices_4"}, {"kontrast:bfloat16", "avx2", "backend_kontrast_bfloat16"},
	} {
		if got := queueOf(test.kind, test.tier); got != test.want {
			t.Errorf("jobs of %q, tier %q, are in %s, want %s", test.kind, test.tier, got, test.want)
		}
	}
}
