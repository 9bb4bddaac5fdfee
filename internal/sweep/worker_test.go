package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/pgtest"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// record makes the run of a task in a database, as a worker's process does, in no time.
func record(ctx context.Context, task experiment.Task, database, _ string) error {
	s, err := store.Open(ctx, database, store.Options{})
	if err != nil {
		return err
	}
	w, err := s.CreateRun(ctx, store.RunInfo{Study: task.Study, Method: task.Method, Backbone: "b", Dataset: "d",
		Seed: task.Seed, ConfigHash: task.ConfigHash, Config: json.RawMessage(`{}`), UUID: task.UUID, Steps: 9})
	if err == nil {
		err = errors.Join(w.Log(ctx, 1, "loss", float64(task.Seed)), w.Finish(ctx, store.Finished, nil))
	}
	return errors.Join(err, s.Close())
}

// worker works until the queue is done, and returns what it said.
func worker(
	t *testing.T, q *Queue, name string, make func(context.Context, experiment.Task, string, string) error,
) (said *notes, wait func()) {
	t.Helper()
	folder := t.TempDir()
	said = &notes{}
	w := &Worker{Queue: q, Name: name, Slots: 2, Local: filepath.Join(folder, "local"),
		Shared: filepath.Join(folder, "shared"), Make: make, UntilDone: true, Told: said.add, unfit: time.Second}
	ended := background(t, func() error { return w.Run(t.Context()) })
	return said, func() { t.Helper(); check(t, <-ended) }
}

func background(t *testing.T, work func() error) <-chan error {
	ended := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended <- work()
	}()
	t.Cleanup(func() { <-done })
	return ended
}

// notes are what is told.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, fmt.Sprintf(format, args...))
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.all, "\n")
}

func (n *notes) count(part string) int { return strings.Count(n.String(), part) }

func results(t testing.TB) (s *store.Store, owner string) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "experiments.db"), store.Options{})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	owner, err = s.Identity(t.Context())
	check(t, err)
	return s, owner
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 1200 {
		if holds() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("it does not happen: ", what)
}

func TestTwoCollectorsTakeEachRunOnce(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		s, owner := results(t)
		other, err := store.Open(t.Context(), s.Path(), store.Options{}) // as another process
		check(t, err)
		defer other.Close()
		_, err = q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1, 2, 3, 4, 5), Owner: owner, Priority: 2, Retries: 3})
		check(t, err)
		_, err = q.Start(t.Context(), Sweep{Study: "foreign", Owner: "another", Priority: 2})
		check(t, err)
		ctx, stop := context.WithCancel(t.Context())
		said := &notes{}
		var collecting []<-chan error
		for _, into := range []*store.Store{s, other} {
			c := &Collector{Queue: q, Store: into, Owner: owner, Every: 10 * time.Millisecond, Told: said.add}
			collecting = append(collecting, background(t, func() error { c.Run(ctx); return nil }))
		}
		_, wait := worker(t, q, "w", record)
		wait()
		eventually(t, "5 runs are collected", func() bool {
			runs, err := s.Runs(t.Context(), store.Filter{Study: "s"})
			check(t, err)
			return len(runs) == 5
		})
		stop()
		for _, c := range collecting {
			<-c
		}
		rows, err := store.Query(t.Context(), s.Path(),
			"SELECT count(*), count(DISTINCT uuid), (SELECT sum(value) FROM metrics), (SELECT count(*) FROM metrics) FROM runs",
			store.Limits{})
		check(t, err)
		if got := fmt.Sprint(rows.Values[0]); got != "[5 5 15 5]" {
			t.Errorf("runs, identities, sum and number of losses: %s, want [5 5 15 5]", got)
		}
		if said.count("tried again") > 0 {
			t.Errorf("the collectors say:\n%s", said)
		}
	})
}

func TestProgressTellsWhereEachRunIs(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1, 2, 3), Owner: "me", Priority: 2, Retries: 1})
		check(t, err)
		release := make(chan struct{})
		_, wait := worker(t, q, "host-1", func(ctx context.Context, task experiment.Task, database, runs string) error {
			switch task.Seed {
			case 1:
				return errors.New("the disk burns")
			case 2:
				return record(ctx, task, database, runs)
			}
			s, err := store.Open(ctx, database, store.Options{FlushInterval: 10 * time.Millisecond})
			check(t, err)
			w, err := s.CreateRun(ctx, store.RunInfo{Study: "s", Method: task.Method, Backbone: "b", Dataset: "d",
				Config: json.RawMessage(`{}`), ConfigHash: "h", UUID: task.UUID, Steps: 9})
			check(t, err)
			check(t, w.Log(ctx, 4, "loss", 1))
			<-release
			return errors.Join(w.Finish(ctx, store.Finished, nil), s.Close())
		})
		var p Progress
		eventually(t, "the run is at step 4", func() bool {
			p, err = q.Progress(t.Context(), "s", 10)
			check(t, err)
			return p.Counts[Failed] == 1 && p.Counts[Done] == 1 && p.Jobs[0].At == Position{Step: 4, Steps: 9}
		})
		if p.Jobs[0].State != Working || p.Jobs[0].Worker != "host-1" || p.Jobs[1].State != Failed ||
			!strings.Contains(p.Jobs[1].Error, "the disk burns") || p.Jobs[2].State != Done || p.Cut {
			t.Errorf("progress %+v", p)
		}
		if p, err = q.Progress(t.Context(), "s", 0); err != nil || !p.Cut || len(p.Jobs) != 0 {
			t.Errorf("none of each state: %+v, %v", p, err)
		}
		close(release)
		wait()
		all, err := q.Summaries(t.Context(), "me")
		if err != nil || len(all) != 1 || all[0].Counts[Done] != 2 || all[0].Counts[Failed] != 1 {
			t.Errorf("summaries %+v, %v", all, err)
		}
		if all, err = q.Summaries(t.Context(), "another"); err != nil || len(all) != 0 {
			t.Errorf("of another database: %+v, %v", all, err)
		}
	})
}

// A task of another version of kontrast, or of a method that a worker has not, goes to a worker that knows it.
func TestARunGoesToAWorkerThatKnowsIt(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1, 2), Owner: "me", Priority: 2, Retries: 1})
		check(t, err)
		old, waitOld := worker(t, q, "old", func(ctx context.Context, task experiment.Task, database, runs string) error {
			if task.Seed == 1 {
				return fmt.Errorf("%s: %w", task.Name(), experiment.ErrOtherVersion)
			}
			return record(ctx, task, database, runs)
		})
		eventually(t, "the old worker leaves a run", func() bool { return old.count("left to other workers") > 0 })
		_, waitNew := worker(t, q, "new", record)
		waitOld()
		waitNew()
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		for _, job := range jobs {
			if job.State != Done || job.Error != "" || job.Args.Seed == 1 && job.Worker != "new" {
				t.Errorf("job %+v", job)
			}
		}
	})
}

// Runs of a backend are left alone by workers that have not its plugin, and those end without them.
func TestARunGoesToAWorkerOfItsBackend(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		of := func(study, backend string, seed uint64) Sweep {
			task := tasks(seed)[0]
			task.Study = study
			return Sweep{Study: study, Tasks: []experiment.Task{task}, Owner: "me", Priority: 2, Retries: 1, Backend: backend}
		}
		for _, s := range []Sweep{of("gpu", "xla:cuda", 1), of("cpu", "kontrast", 2), of("bf16", "xla:cuda,bfloat16", 3)} {
			_, err := q.Start(t.Context(), s)
			check(t, err)
		}
		for _, kind := range []string{"", "xla:cuda"} {
			w := &Worker{Queue: q, Name: "worker of " + kind, Slots: 1, Backend: kind, Local: t.TempDir(),
				Shared: t.TempDir(), Make: record, UntilDone: true}
			check(t, w.Run(t.Context()))
		}
		for study, want := range map[string]string{"gpu": "worker of xla:cuda", "cpu": "worker of ", "bf16": ""} {
			jobs, err := q.Jobs(t.Context(), study)
			if err != nil || len(jobs) != 1 || jobs[0].Worker != want || (jobs[0].State == Done) != (want != "") {
				t.Errorf("the run of %s: %+v, %v; want it made by %q", study, jobs, err, want)
			}
		}
	})
}

// A task that no worker knows is parked, and may be tried again by one that comes later.
func TestARunThatNoWorkerKnowsIsParked(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1, 2), Owner: "me", Priority: 2, Retries: 3})
		check(t, err)
		onlyTwo := func(ctx context.Context, task experiment.Task, database, runs string) error {
			if task.Seed == 1 {
				return fmt.Errorf("%s: %w", task.Name(), experiment.ErrOtherVersion)
			}
			return record(ctx, task, database, runs)
		}
		// While a worker is alive that has not looked at the job, the job waits for it.
		busy := func() { check(t, q.live(t.Context(), "busy", []string{queueOf("", "")})) }
		busy()
		old, waitOld := worker(t, q, "old", onlyTwo)
		eventually(t, "the old worker leaves the run for longer than its patience", func() bool {
			busy()
			return old.count("left to other workers") > unknownPatience+1
		})
		check(t, q.gone(t.Context(), "busy"))
		waitOld()
		if old.count("no worker knows it: it is parked") != 1 {
			t.Errorf("the old worker says:\n%s", old)
		}
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		if jobs[0].State != Failed || !strings.Contains(jobs[0].Error, experiment.ErrOtherVersion.Error()) ||
			jobs[1].State != Done {
			t.Errorf("jobs %+v", jobs)
		}

		n, err := q.Retry(t.Context(), "s")
		if n != 1 || err != nil {
			t.Fatalf("%d are tried again, %v; want 1", n, err)
		}
		_, wait := worker(t, q, "new", record)
		wait()
		jobs, err = q.Jobs(t.Context(), "s")
		if err != nil || jobs[0].State != Done || jobs[0].Worker != "new" {
			t.Errorf("jobs %+v, %v", jobs, err)
		}
	})
}

// A full disk is no fault of a run, which has one try only.
func TestARunGoesToAWorkerWhoseDiskIsNotFull(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: "me", Priority: 2, Retries: 1})
		check(t, err)
		full, waitFull := worker(t, q, "full", func(_ context.Context, _ experiment.Task, database, _ string) error {
			check(t, os.WriteFile(database, make([]byte, 5000), 0o600)) // what was written before it was full
			return &os.PathError{Op: "write", Path: database, Err: syscall.ENOSPC}
		})
		eventually(t, "the worker leaves the run", func() bool { return full.count("the disk of this worker is full") > 0 })
		_, wait := worker(t, q, "empty", record)
		wait()
		waitFull()
		jobs, err := q.Jobs(t.Context(), "s")
		check(t, err)
		if jobs[0].State != Done || jobs[0].Worker != "empty" || jobs[0].Error != "" {
			t.Errorf("job %+v", jobs[0])
		}
	})
}

func TestARunThatIsCanceledAfterItFailedIsCanceled(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *Queue) {
		_, err := q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: "me", Priority: 2, Retries: 3})
		check(t, err)
		tries := 0
		said, wait := worker(t, q, "w", func(ctx context.Context, _ experiment.Task, _, _ string) error {
			if tries++; tries == 1 {
				return errors.New("the disk burns")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		stateIs := func(want State) func() bool {
			return func() bool {
				jobs, err := q.Jobs(t.Context(), "s")
				check(t, err)
				return jobs[0].State == want && jobs[0].Error == "the disk burns"
			}
		}
		eventually(t, "the run is tried again", func() bool { return said.count("tried again") > 0 && stateIs(Working)() })
		n, err := q.Cancel(t.Context(), "s")
		if n != 1 || err != nil {
			t.Fatalf("%d canceled, %v; want 1", n, err)
		}
		eventually(t, "the run is canceled", stateIs(Canceled))
		wait()
		p, err := q.Progress(t.Context(), "s", 10)
		if err != nil || p.Counts[Canceled] != 1 || len(p.Counts) != 1 || len(p.Jobs) != 1 || p.Jobs[0].State != Canceled {
			t.Errorf("progress %+v, %v", p, err)
		}
		if n, err := q.Retry(t.Context(), "s"); n != 1 || err != nil {
			t.Fatalf("%d are tried again, %v; want 1", n, err)
		}
		_, wait = worker(t, q, "w2", func(context.Context, experiment.Task, string, string) error {
			return train.ErrNotFinite
		})
		wait()
		jobs, err := q.Jobs(t.Context(), "s")
		if err != nil || jobs[0].State != Failed {
			t.Errorf("it fails for good after all: %+v, %v", jobs, err)
		}
	})
}

// The database is gone when a run, which has one try only, is to be delivered.
func TestARunIsDeliveredWhenTheDatabaseIsBack(t *testing.T) {
	server := pgtest.Start(t)
	q, err := Open(t.Context(), server.URL())
	check(t, err)
	defer q.Close()
	_, err = q.Start(t.Context(), Sweep{Study: "s", Tasks: tasks(1), Owner: "me", Priority: 2, Retries: 1})
	check(t, err)
	made := 0
	var back <-chan error
	said, wait := worker(t, q, "w", func(ctx context.Context, task experiment.Task, database, runs string) error {
		made++
		check(t, record(ctx, task, database, runs))
		server.Kill()
		back = background(t, func() error {
			time.Sleep(time.Second)
			server.Run()
			return nil
		})
		return nil
	})
	wait()
	check(t, <-back)
	jobs, err := q.Jobs(t.Context(), "s")
	check(t, err)
	if jobs[0].State != Done || made != 1 {
		t.Errorf("made %d times: %+v; the worker said:\n%s", made, jobs[0], said)
	}
}
