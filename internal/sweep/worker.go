package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gocloud.dev/blob"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Worker makes the runs of a queue until its context ends.
type Worker struct {
	river.WorkerDefaults[Args]

	Queue *Queue
	Name  string // unique among the workers of the queue
	Slots int    // runs made at once
	Tier  string // kernels of this machine
	// Backend is what the worker computes on, whose jobs it takes and no others; empty for the default.
	Backend string
	// Local is a folder of this machine for databases, Shared one that all
	// workers reach, for what another one needs to go on with a run.
	Local, Shared string
	// Bucket is an object store in the place of Shared; nil for the folder. What
	// belongs there lies in Local meanwhile.
	Bucket *blob.Bucket
	// Make makes a run in the database at a path, with checkpoints in a folder.
	Make func(ctx context.Context, task experiment.Task, database, runs string) error
	// UntilDone ends the worker when nothing is left of what it could make.
	UntilDone bool
	// Told is told what happens to runs; nil for nobody.
	Told func(format string, args ...any)
	// Log gets River's own messages; nil for nowhere.
	Log *slog.Logger

	stopping atomic.Bool // it was asked to end
	clock    clock
	unfit    time.Duration // as unfitPause, for tests
}

// Run works until ctx ends, or with UntilDone until nothing is left. Runs under
// way are then stopped by a checkpoint and given back.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.prepare(); err != nil {
		return err
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, w); err != nil {
		return err
	}
	logger := w.Log
	if logger == nil {
		logger = silentLog()
	}
	queues := map[string]river.QueueConfig{queueOf(w.Backend, ""): {MaxWorkers: w.Slots}}
	if w.Tier != "" {
		queues[queueOf(w.Backend, w.Tier)] = river.QueueConfig{MaxWorkers: w.Slots}
	}
	if w.clock.local == nil {
		w.clock.local = time.Now
	}
	if err := w.clock.synchronize(ctx, w.Queue); err != nil {
		return fmt.Errorf("queue %s: %w", w.Queue.url, err)
	}
	c, err := w.Queue.newClient(&river.Config{
		Test: river.TestConfig{Time: &w.clock}, // there is no other door for a clock
		ID:   w.Name, Logger: logger, Queues: queues, Workers: workers,
		JobTimeout: -1, RescueStuckJobsAfter: leaseTime,
		// What has ended stays, for status and for uniqueness.
		CompletedJobRetentionPeriod: -1, CancelledJobRetentionPeriod: -1, DiscardedJobRetentionPeriod: -1,
	})
	if err != nil {
		return err
	}
	names := slices.Collect(maps.Keys(queues))
	background := context.WithoutCancel(ctx)
	if err := w.Queue.live(ctx, w.Name, names); err != nil {
		return fmt.Errorf("queue %s: %w", w.Queue.url, err)
	}
	if err := c.Start(background); err != nil {
		return fmt.Errorf("queue %s: %w", w.Queue.url, err)
	}
	w.watch(ctx, names)
	w.stopping.Store(true)
	ending, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	err = c.StopAndCancel(ending)
	w.tidy(ending)
	_ = w.Queue.gone(ending, w.Name) // it counts as gone soon anyway
	return err
}

// watch looks after the leases of all workers until this one, which works for
// these of River's queues, is to end.
func (w *Worker) watch(ctx context.Context, queues []string) {
	ticker := time.NewTicker(leaseRenewal)
	defer ticker.Stop()
	tidied, said := time.Time{}, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if time.Since(tidied) > tidyPause {
			w.tidy(ctx)
			tidied = time.Now()
		}
		if err := w.look(ctx); err != nil { // the database may be restarting
			continue
		}
		if time.Since(said) > aliveRenewal && w.Queue.live(ctx, w.Name, queues) == nil {
			said = time.Now()
		}
		if !w.UntilDone {
			continue
		}
		if left, err := w.Queue.left(ctx, queues); err == nil && !left {
			return
		}
	}
}

// look sets the worker's clock, and marks leases if it is the worker's turn.
func (w *Worker) look(ctx context.Context) error {
	if err := w.clock.synchronize(ctx, w.Queue); err != nil {
		return err
	}
	if ours, err := w.Queue.turn(ctx); !ours || err != nil {
		return err
	}
	return w.Queue.expire(ctx)
}

// prepare makes the worker's folders.
func (w *Worker) prepare() error {
	folders := []string{w.Local}
	if w.Bucket == nil {
		folders = append(folders, w.Shared)
	}
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := CheckLocal(w.Local); err != nil {
		return fmt.Errorf("%w; name a folder of this machine with --local", err)
	}
	return nil
}

// NextRetry implements [river.Worker]: at once.
func (w *Worker) NextRetry(*river.Job[Args]) time.Time { return w.clock.Now() }

// Work implements [river.Worker].
func (w *Worker) Work(ctx context.Context, job *river.Job[Args]) error {
	task := job.Args.Task
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	held := make(chan struct{})
	go func() {
		defer close(held)
		if w.hold(working, job) {
			stop(errLost)
		}
	}()
	err := w.make(working, job.Args)
	lost := errors.Is(context.Cause(working), errLost)
	stop(nil)
	<-held
	switch {
	case err == nil:
		w.tell("%s: done", task.Name())
		return nil
	case lost:
		w.tell("%s: another worker has it now", task.Name())
		return w.leave(ctx, job.ID)
	case w.stopping.Load():
		return river.JobSnooze(0)
	case errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely):
		w.tell("%s: canceled", task.Name())
		w.clean(task.UUID)
		return err
	case errors.Is(err, experiment.ErrOtherVersion):
		if park, noted := w.giveUp(ctx, job); park && noted == nil {
			w.tell("%v; no worker knows it: it is parked", err)
			return river.JobCancel(unknownTo(err))
		}
		w.tell("%v; it is left to other workers", err)
		return river.JobSnooze(w.unfitPause())
	case w.full(err):
		w.tell("%s: the disk of this worker is full: %v; it is left to other workers", task.Name(), err)
		return river.JobSnooze(w.unfitPause())
	case errors.Is(err, train.ErrNotFinite), failures(job)+1 >= max(job.Args.Retries, 1):
		w.tell("%s: failed and is parked: %v", task.Name(), err)
		return river.JobCancel(err)
	}
	w.tell("%s: failed and is tried again: %v", task.Name(), err)
	return err
}

func (w *Worker) unfitPause() time.Duration { return cmp.Or(w.unfit, unfitPause) }

// unfitPause is how long a job waits that this worker can't make. What waits for
// longer than the interval of River's scheduler, 5 s, waits for that, too.
const unfitPause = 5 * time.Second

// leastFree is the room on the disk below which a failure is its fault, whatever the error says.
const leastFree = 1 << 20

// full says whether a run failed for want of room on a disk, which is no fault of its own.
func (w *Worker) full(err error) bool {
	for _, cause := range []error{store.ErrFull, syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, cause) {
			return true
		}
	}
	bytes, known := free(w.Local)
	return known && bytes < leastFree
}

// errLost is the cause of a run's end whose lease was lost.
var errLost = errors.New("the lease of the job was lost")

func (w *Worker) tell(format string, args ...any) {
	if w.Told != nil {
		w.Told(format, args...)
	}
}

// leave waits until the worker that has a job now has ended it. Whatever a job
// of River's returns before is taken as its end, whoever returns it.
func (w *Worker) leave(ctx context.Context, id int64) error {
	for {
		select {
		case <-ctx.Done():
			return river.JobSnooze(0)
		case <-time.After(leaseRenewal):
		}
		if ended, err := w.Queue.finalized(ctx, id); err == nil && ended {
			return nil
		}
	}
}

// failures are those of earlier attempts that were the job's own.
func failures(job *river.Job[Args]) (n int) {
	for _, e := range job.Errors {
		if !strings.Contains(e.Error, rescued) {
			n++
		}
	}
	return n
}

// make makes a run and delivers it, unless that has been done.
func (w *Worker) make(ctx context.Context, args Args) error {
	task := args.Task
	var delivered bool
	err := w.insist(ctx, func() (err error) {
		delivered, err = w.Queue.delivered(ctx, task.UUID)
		return err
	})
	if err != nil {
		return err
	}
	if !delivered {
		if err := w.run(ctx, args); err != nil {
			return err
		}
	}
	w.clean(task.UUID)
	return nil
}

func (w *Worker) run(ctx context.Context, args Args) error {
	task := args.Task
	if !safeName(task.UUID) {
		return fmt.Errorf("%s: its identity %q is no UUID", task.Name(), task.UUID)
	}
	database := w.database(task.UUID)
	if err := removeDatabase(database); err != nil { // left by a process that was killed
		return err
	}
	defer func() { _ = removeDatabase(database) }() // its rows are carried, or delivered
	made := func() error { return w.Make(ctx, task, database, w.folder(task.UUID)) }
	if w.Bucket != nil {
		whole := made
		made = func() error { return w.mirrored(ctx, task.UUID, whole) }
	}
	if err := made(); err != nil {
		return err
	}
	if args.Keep {
		if err := w.keep(ctx, task.UUID); err != nil {
			return fmt.Errorf("%s: its checkpoint can't be kept: %w", task.Name(), err)
		}
	}
	return w.deliver(ctx, task, database)
}

// safeName says whether a UUID can be the name of a file.
func safeName(id string) bool {
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') && r != '-' {
			return false
		}
	}
	return len(id) == 36
}

func (w *Worker) database(id string) string { return filepath.Join(w.Local, id+".db") }

// folder is where the checkpoints and rows of a run are written.
func (w *Worker) folder(id string) string {
	if w.Bucket != nil {
		return filepath.Join(w.Local, id+".runs")
	}
	return filepath.Join(w.Shared, id)
}

// clean removes what a run that is done, or given up, leaves behind.
func (w *Worker) clean(id string) {
	if !safeName(id) {
		return
	}
	_ = os.RemoveAll(w.folder(id))
	_ = removeDatabase(w.database(id))
	if w.Bucket == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.mirror(id).clear(ctx); err != nil {
		w.tell("run %s stays in the shared store: %v", id, err)
	}
}

func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// ended is the run of a task in a worker's database, if it has finished.
func ended(ctx context.Context, s *store.Store, id string) (store.Run, error) {
	runs, err := s.Runs(ctx, store.Filter{})
	if err != nil {
		return store.Run{}, err
	}
	for _, run := range runs {
		if run.UUID == id && run.Status == store.Finished {
			return run, nil
		}
	}
	return store.Run{}, fmt.Errorf("run %s has not finished in %s", id, s.Path())
}
