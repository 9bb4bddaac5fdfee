package sweep

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// TestAWorkersClockIsWrong has a worker whose clock is an hour off fail a run,
// leave one to others, and give one back when it is interrupted. None of them
// waits for that hour, by whomever it is made then.
func TestAWorkersClockIsWrong(t *testing.T) {
	for name, off := range map[string]time.Duration{"fast": time.Hour, "slow": -time.Hour} {
		t.Run(name, func(t *testing.T) { eachQueue(t, func(t *testing.T, q *Queue) { workByWrongClock(t, q, off) }) })
	}
}

func workByWrongClock(t *testing.T, q *Queue, off time.Duration) {
	_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1, 2, 3), Owner: "me", Priority: 2, Retries: 3})
	check(t, err)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	said := &notes{}
	tries := 0
	wrong := &Worker{Queue: q, Name: "wrong", Slots: 3, Local: t.TempDir(), Shared: t.TempDir(), Told: said.add,
		unfit: 6 * time.Second, // long enough for River to leave it to its scheduler
		Make: func(ctx context.Context, task experiment.Task, database, runs string) error {
			switch task.Seed {
			case 1:
				if tries++; tries == 1 {
					return errors.New("the disk burns")
				}
				return record(ctx, task, database, runs)
			case 2:
				return experiment.ErrOtherVersion
			}
			<-ctx.Done()
			return ctx.Err()
		}}
	wrong.clock.local = func() time.Time { return time.Now().Add(off) }
	ended := background(t, func() error { return wrong.Run(ctx) })
	eventually(t, "the worker makes one run and leaves one", func() bool {
		return said.count("left to other workers") > 0 && said.count("1: done") > 0
	})
	interrupt()
	check(t, <-ended)
	_, wait := worker(t, q, "right", record)
	wait()
	jobs, err := q.Jobs(t.Context(), "s")
	check(t, err)
	for i, want := range []string{"wrong", "right", "right"} {
		if jobs[i].State != Done || jobs[i].Worker != want {
			t.Errorf("run %d is %s by %s, want done by %s", i+1, jobs[i].State, jobs[i].Worker, want)
		}
	}
}

func TestLeasesAreMarkedOnceByWhichever(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		turn := func() (ours int) {
			t.Helper()
			for range 5 { // workers
				yes, err := q.turn(t.Context())
				check(t, err)
				if yes {
					ours++
				}
			}
			return ours
		}
		if n := turn(); n != 1 {
			t.Errorf("of 5 workers it is the turn of %d, want 1", n)
		}
		_, err := q.db.ExecContext(t.Context(), "UPDATE kontrast_marking SET at = "+q.ago(markingPause+time.Second))
		check(t, err)
		if n := turn(); n != 1 {
			t.Errorf("after the pause it is the turn of %d, want 1", n)
		}
	})
}

func TestTheClockFollowsTheDatabases(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := clock{local: func() time.Time { return at }}
	for _, step := range []struct{ database, want time.Duration }{
		{-time.Hour, -time.Hour},
		{-time.Hour + clockTolerance/2, -time.Hour}, // time does not jitter
		{time.Minute, time.Minute},                  // the local clock was set
	} {
		c.set(at.Add(step.database), at)
		if got := c.Now().Sub(at); got != step.want {
			t.Errorf("the database's clock is %v ahead: the clock is %v ahead, want %v", step.database, got, step.want)
		}
	}
}
