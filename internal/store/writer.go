package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// flushRows is how many metric rows are gathered before they are written.
const flushRows = 4096

// pendingRows is how many metric rows may wait for a locked database before
// Log fails.
const pendingRows = 1 << 20

// insertRows is how many rows one INSERT takes at most, a power of two: two
// parameters each.
const insertRows = 256

var processID = os.Getpid()

// RunWriter records one run while it goes on. It writes in the background
// every Options.FlushInterval and gives a sign of life with it. What the
// database can't take goes to a file in Options.Outbox, and from there to the
// database as soon as that can be written. It is safe for concurrent use.
type RunWriter struct {
	// ID and Name are the run's.
	ID   int64
	Name string

	store *Store
	uuid  string
	claim string // proves that the run is this writer's; empty for a run that has ended
	from  point
	begun time.Time     // when this writer began
	stop  chan struct{} // closed to end the background writing
	done  chan struct{} // closed when it has ended
	end   sync.Once

	flushing sync.Mutex // held by the one flush at a time

	recording sync.Mutex // guards the next three
	waiting   *outbox    // with what the database could not take; nil for nothing
	patient   bool       // whether a lock has been waited for to the end
	told      bool       // that metrics wait for a lock

	mu      sync.Mutex // guards the rest
	pending []metric   // not written yet
	step    int64      // last made
	closed  bool       // takes no more metrics
	ended   bool       // its end is recorded
}

type metric struct {
	name  string
	step  int64
	value float64
}

// point is how far a run had come when a writer began.
type point struct {
	step    int64
	seconds float64 // of work
}

func newRunWriter(s *Store, id int64, run RunInfo, from point, claim string) *RunWriter {
	w := &RunWriter{ID: id, Name: run.Name, store: s, uuid: run.UUID, claim: claim, step: from.step, from: from,
		begun: s.options.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	go w.keepAlive()
	return w
}

// keepAlive writes what is pending and the heartbeat until the writer is
// closed. What can't be written stays pending, and the next try or Finish
// reports it.
func (w *RunWriter) keepAlive() {
	defer close(w.done)
	ticker := time.NewTicker(w.store.options.FlushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
			_ = w.flush(context.Background(), glance)
		}
	}
}

// Log records a metric at a training step (0 or more). A value that is NaN or
// infinite becomes NULL; a second value for the same name and step replaces
// the first. It returns at once, except that a full buffer is written first
// and reports what that met. A database that another process has locked is no
// error: what is pending waits, up to a million rows.
func (w *RunWriter) Log(ctx context.Context, step int64, name string, value float64) error {
	if name == "" || step < 0 {
		return fmt.Errorf("run %s: metric %q at step %d: the name must not be empty and the step not negative",
			w.Name, name, step)
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return fmt.Errorf("run %s: metric %q at step %d logged after the end of the run", w.Name, name, step)
	}
	w.pending = append(w.pending, metric{name, step, value})
	w.step = max(w.step, step)
	waiting := len(w.pending)
	w.mu.Unlock()
	if waiting%flushRows != 0 {
		return nil
	}
	if waiting >= pendingRows {
		return w.flush(ctx, briefly)
	}
	err := w.flush(ctx, glance)
	if unwritable(err) {
		return nil
	}
	return err
}

// Reach records that the training has made so many steps, as Log does with a metric of it.
func (w *RunWriter) Reach(step int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step = max(w.step, step)
}

// LogAll records the metrics of one training step.
func (w *RunWriter) LogAll(ctx context.Context, step int64, values map[string]float64) error {
	for name, value := range values {
		if err := w.Log(ctx, step, name, value); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes the metrics that are pending, with a sign of life, to the
// database or to the outbox: they are safe when it returns nil. On an error they
// stay pending.
func (w *RunWriter) Flush(ctx context.Context) error { return w.flush(ctx, briefly) }

func (w *RunWriter) flush(ctx context.Context, how patience) error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	w.mu.Lock()
	batch, step := slices.Clone(w.pending), w.step
	w.mu.Unlock()
	if err := w.recordWith(ctx, how, &entry{Metrics: batch, Step: step}); err != nil {
		return err
	}
	w.mu.Lock()
	w.pending = slices.Delete(w.pending, 0, len(batch))
	w.mu.Unlock()
	return nil
}

// insertMetrics writes the rows in the order of the table's key, which is
// what makes it fast, and those of a metric together.
func insertMetrics(ctx context.Context, tx *sql.Tx, run int64, rows []metric) error {
	slices.SortStableFunc(rows, func(a, b metric) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.step, b.step))
	})
	for len(rows) > 0 {
		same := 1
		for same < len(rows) && rows[same].name == rows[0].name {
			same++
		}
		// Powers of two are few statements, which the connection keeps compiled.
		for size := insertRows; size > 0; size /= 2 {
			for ; same >= size; same -= size {
				if err := insertMetric(ctx, tx, run, rows[:size]); err != nil {
					return err
				}
				rows = rows[size:]
			}
		}
	}
	return nil
}

// insertMetric writes rows of one metric by one statement.
func insertMetric(ctx context.Context, tx *sql.Tx, run int64, rows []metric) error {
	query :=
		"INSERT OR REPLACE INTO metrics (run, name, step, value) SELECT ?1, ?2, column1, column2 FROM (VALUES (?, ?)" +
			strings.Repeat(", (?, ?)", len(rows)-1) + ")"
	args := make([]any, 0, 2+2*len(rows))
	args = append(args, run, rows[0].name)
	for _, m := range rows {
		args = append(args, m.step, finite(m.value))
	}
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

func finite(x float64) sql.NullFloat64 {
	return sql.NullFloat64{Float64: x, Valid: !math.IsNaN(x) && !math.IsInf(x, 0)}
}

// Finish writes what is pending and records how the run ended: Finished,
// Failed, Interrupted or Stopped, and the cause of the latter three, which may
// be nil. It writes even if ctx has been canceled, since that is how a run is
// interrupted. The writer can't be used afterwards.
func (w *RunWriter) Finish(ctx context.Context, status Status, cause error) error {
	switch status {
	case Finished, Failed, Interrupted, Stopped:
	default:
		return fmt.Errorf("run %s: can't end as %q; known ends are %s, %s, %s, %s",
			w.Name, status, Finished, Failed, Interrupted, Stopped)
	}
	w.mu.Lock()
	ended := w.ended
	w.mu.Unlock()
	if ended {
		return fmt.Errorf("run %s: can't end as %s: its end is recorded already", w.Name, status)
	}
	how := fully
	if ctx.Err() != nil {
		how = briefly
	}
	ctx = context.WithoutCancel(ctx)
	if err := w.close(ctx, how); err != nil {
		return err
	}
	end := &endEntry{Status: status}
	if cause != nil {
		message := cause.Error()
		end.Error = &message
	}
	if err := w.recordWith(ctx, how, &entry{End: end}); err != nil {
		return err
	}
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.recording.Lock()
	defer w.recording.Unlock()
	if w.waiting != nil {
		return w.waiting.close()
	}
	return nil
}

// Close writes what is pending and ends the heartbeat, but leaves the run as
// running: after two minutes it shows as lost. Finish is what a run ends with;
// Close is for a process that must go at once. Closing again only writes what
// is still pending.
func (w *RunWriter) Close(ctx context.Context) error { return w.close(ctx, fully) }

func (w *RunWriter) close(ctx context.Context, how patience) error {
	w.end.Do(func() { close(w.stop) })
	<-w.done
	w.mu.Lock()
	nothingLeft := w.closed && len(w.pending) == 0
	w.closed = true
	w.mu.Unlock()
	if nothingLeft {
		return nil
	}
	if err := w.flush(context.WithoutCancel(ctx), how); err != nil {
		return errors.Join(fmt.Errorf("run %s: its last metrics are not written", w.Name), err)
	}
	return nil
}
