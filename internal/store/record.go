package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"time"
)

// patience says how long a writer waits for a database that another process
// has locked, and what becomes of what it can't write.
type patience int

const (
	fully   patience = iota // the store's BusyTimeout, then to the outbox
	briefly                 // as between two steps of a training, then to the outbox
	glance                  // one try; nothing goes to the outbox
)

// between is the patience between two steps of a training.
const between = 5 * time.Second

func (w *RunWriter) lasts(how patience) time.Duration {
	busy := w.store.options.BusyTimeout
	switch {
	case how == fully && !w.patient:
		return busy
	case how == briefly && !w.patient:
		return min(busy, between)
	}
	return 0
}

// record writes an entry, in one transaction, if the run is still this
// writer's. If the database can't be written, for as long as a lock is waited
// for, the entry goes to the outbox, and with a later one to the database.
func (w *RunWriter) record(ctx context.Context, e *entry) error { return w.recordWith(ctx, fully, e) }

func (w *RunWriter) recordWith(ctx context.Context, how patience, e *entry) error {
	w.recording.Lock()
	defer w.recording.Unlock()
	e.Time = w.store.now()
	e.Seconds = w.seconds()
	err := w.write(ctx, w.lasts(how), e)
	switch {
	case err == nil:
		w.patient, w.told = false, false
		return nil
	case !unwritable(err):
		return err
	case w.store.options.Outbox == "" || how == glance:
		w.tell(how, err)
		return err
	}
	w.patient = w.patient || how == fully
	if outboxErr := w.put(ctx, e, err); outboxErr != nil {
		var at *fs.PathError // of a file with a random name: said once, and not for each
		if errors.As(outboxErr, &at) {
			outboxErr = fmt.Errorf("%s: %w", filepath.Dir(at.Path), at.Err)
		}
		return errors.Join(err, fmt.Errorf("results of run %s can't be kept in a file either: %w", w.Name, outboxErr))
	}
	return nil
}

// seconds are those of work on the run until now.
func (w *RunWriter) seconds() float64 {
	if w.begun.IsZero() { // appends to a run that has ended
		return 0
	}
	return w.from.seconds + w.store.options.Now().Sub(w.begun).Seconds()
}

// tell tells once that metrics wait.
func (w *RunWriter) tell(how patience, err error) {
	if how == glance && !w.told {
		w.told = true
		w.store.note("%v: the work continues, and what run %s measures waits in memory", err, w.Name)
	}
}

// write writes an entry to the database, after those of the outbox.
func (w *RunWriter) write(ctx context.Context, patience time.Duration, e *entry) error {
	if err := w.store.there(); err != nil {
		return err
	}
	if w.waiting == nil {
		return w.store.transactWithin(ctx, patience, func(tx *sql.Tx) error {
			var claim string
			if err := tx.QueryRowContext(ctx, "SELECT claim FROM runs WHERE id = ?", w.ID).Scan(&claim); err != nil {
				return err
			}
			if w.claim != "" && claim != w.claim {
				return w.takenOver()
			}
			return e.apply(ctx, tx, w.ID)
		})
	}
	of, entries, err := readOutbox(w.waiting.path)
	if err != nil {
		return fmt.Errorf("results of run %s in %s: %w", w.Name, w.waiting.path, err)
	}
	if err := w.store.deliver(ctx, patience, of, entries, e); err != nil {
		if errors.Is(err, ErrTakenOver) {
			return w.takenOver()
		}
		return err
	}
	w.store.note("results database %s: it can be written again; what waited of run %s is in it", w.store.path, w.Name)
	err = w.waiting.remove()
	w.waiting = nil
	return err
}

func (w *RunWriter) takenOver() error {
	return fmt.Errorf("run %s %w, which continues it; this one ends", w.Name, ErrTakenOver)
}

// put puts an entry into the outbox, for the reason that cause is.
func (w *RunWriter) put(ctx context.Context, e *entry, cause error) error {
	if w.waiting == nil {
		of := origin{Format: outboxFormat, Run: w.uuid, Name: w.Name, Claim: w.claim, Database: w.store.identity}
		var err error
		if of.UUID, err = newUUID(); err != nil {
			return err
		}
		if w.waiting, err = newOutbox(w.store.options.Outbox, of); err != nil {
			return err
		}
		w.store.note("%v\n  what is recorded of run %s goes to %s until then; the next kontrast command that opens the "+
			"database takes it in", cause, w.Name, w.waiting.path)
	}
	return w.waiting.add(e)
}

// MarshalJSON writes a metric as a list of its name, its step and its value, null if that is not finite.
func (m metric) MarshalJSON() ([]byte, error) {
	value := &m.value
	if math.IsNaN(m.value) || math.IsInf(m.value, 0) {
		value = nil
	}
	return json.Marshal([]any{m.name, m.step, value})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *metric) UnmarshalJSON(text []byte) error {
	value := &m.value
	if err := json.Unmarshal(text, &[]any{&m.name, &m.step, &value}); err != nil {
		return err
	}
	if value == nil {
		m.value = math.NaN()
	}
	return nil
}
