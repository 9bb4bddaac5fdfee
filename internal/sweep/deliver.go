package sweep

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/kontrast-ml/kontrast/internal/bundle"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// delivered says whether a run is in the queue's database.
func (q *Queue) delivered(ctx context.Context, id string) (found bool, err error) {
	err = q.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM kontrast_results WHERE uuid = $1)", id).Scan(&found)
	return found, err
}

// deliver puts a finished run into the queue's database. A run that somebody has
// delivered before stays as it is: it has the same numbers.
func (w *Worker) deliver(ctx context.Context, task experiment.Task, database string) error {
	packed, err := pack(ctx, task.UUID, database)
	if err != nil {
		return err
	}
	return w.insist(ctx, func() error {
		_, err := w.Queue.db.ExecContext(ctx,
			"INSERT INTO kontrast_results (uuid, study, bundle, worker) VALUES ($1, $2, $3, $4) ON CONFLICT (uuid) DO NOTHING",
			task.UUID, task.Study, packed, w.Name)
		return err
	})
}

// insist repeats what the queue's database can't do now, until ctx ends: that
// it is restarted is no failure of a run.
func (w *Worker) insist(ctx context.Context, do func() error) error {
	said := false
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		if !said {
			w.tell("queue %s: %v; it is tried again", w.Queue.url, err)
			said = true
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(leaseRenewal):
		}
	}
}

// passing says whether an error of a queue's database is of its state rather
// than of what it was asked: it can't be reached, is stopping, or lacks resources.
func passing(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		class := refused.Code[:min(2, len(refused.Code))]
		return class == "08" || class == "53" || class == "57"
	}
	var file sqlite3.Error
	if errors.As(err, &file) {
		return file.Code == sqlite3.ErrBusy || file.Code == sqlite3.ErrLocked || file.Code == sqlite3.ErrFull
	}
	var failed *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &failed) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err)
}

func pack(ctx context.Context, id, database string) ([]byte, error) {
	s, err := store.Open(ctx, database, store.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	run, err := ended(ctx, s, id)
	if err != nil {
		return nil, err
	}
	path := database + ".bundle"
	defer os.Remove(path)
	if err := bundle.Write(ctx, path, s, bundle.Contents{Run: run}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Collected says what Collect took in.
type Collected struct {
	Runs []store.MergedRun
	Left int // jobs that are not done
}

// Collect takes the delivered runs of a study into a store. A run is marked as
// collected after it is in the store, and is known there by its UUID, so that
// it is taken in once however often it is collected.
func (q *Queue) Collect(ctx context.Context, study, owner string, into *store.Store) (done Collected, err error) {
	if err := q.checkOwner(ctx, study, owner); err != nil {
		return done, err
	}
	for after := ""; ; {
		id, packed, err := q.next(ctx, study, after)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return done, fmt.Errorf("queue %s: %w", q.url, err)
		}
		after = id
		run, err := takeIn(ctx, packed, into)
		if err != nil {
			return done, fmt.Errorf("queue %s: run %s: %w", q.url, id, err)
		}
		done.Runs = append(done.Runs, run)
		if run.Err != nil {
			continue
		}
		if _, err := q.db.ExecContext(ctx, "UPDATE kontrast_results SET collected = CURRENT_TIMESTAMP, bundle = NULL WHERE "+
			"uuid = $1", id); err != nil {
			return done, fmt.Errorf("queue %s: %w", q.url, err)
		}
	}
	done.Left, err = q.leftOf(ctx, study)
	return done, err
}

// next is a run that waits to be collected.
func (q *Queue) next(ctx context.Context, study, after string) (id string, packed []byte, err error) {
	err = q.db.QueryRowContext(ctx,
		"SELECT uuid, bundle FROM kontrast_results WHERE study = $1 AND uuid > $2 AND collected IS NULL AND bundle IS NOT "+
			"NULL ORDER BY uuid LIMIT 1",
		study, after).Scan(&id, &packed)
	return id, packed, err
}

func takeIn(ctx context.Context, packed []byte, into *store.Store) (run store.MergedRun, err error) {
	file, err := os.CreateTemp("", "kontrast-*.bundle")
	if err != nil {
		return run, err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(packed)
	if err := errors.Join(err, file.Close()); err != nil {
		return run, err
	}
	b, err := bundle.Open(file.Name())
	if err != nil {
		return run, err
	}
	defer b.Close()
	return b.Merge(ctx, into)
}
