package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// staleAfter is how long a run may give no sign of life before it counts as
// lost. The view run_overview has the same two minutes.
const staleAfter = 2 * time.Minute

// ErrRunning is the error of reopening a run that another process has.
var ErrRunning = errors.New("is still running")

// ReopenRun continues a run from a training step: what it logged after that
// step, and how it ended, is removed, so that it ends as if it had never been
// cut. The predictions and artifacts go too: a later step made them.
// A run that another process is still at is refused.
func (s *Store) ReopenRun(ctx context.Context, id, step int64) (*RunWriter, error) {
	run, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if own := here(run) && run.pid == processID; run.State == Running && !own {
		return nil, fmt.Errorf("run %s %w: process %d on %s, last sign of life %s; end it first",
			run.Name, ErrRunning, run.pid, run.Host, run.Heartbeat.Format(time.DateTime+" UTC"))
	}
	host, err := os.Hostname()
	if err != nil {
		host = run.Host
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"metrics", "evaluations", "alarms"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ? AND step > ?", id, step); err != nil {
				return err
			}
		}
		for _, table := range []string{"predictions", "artifacts"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ?", id); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE runs SET status = 'running', error = NULL, finished = NULL, heartbeat = ?, step = min(step, ?), host = ?, pid = ?
			WHERE id = ?`, s.now(), step, host, processID, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newRunWriter(s, id, run.Name, step), nil
}

// AppendRun opens a run that has ended for adding evaluations and artifacts.
// Its status and what it holds stay as they are.
func (s *Store) AppendRun(ctx context.Context, id int64) (*RunWriter, error) {
	run, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	w := &RunWriter{ID: id, Name: run.Name, store: s, closed: true, ended: true, stop: make(chan struct{}), done: make(chan struct{})}
	close(w.done)
	return w, nil
}

// state is the run's status, or Lost if the run gave no sign of life for too
// long or if its process on this machine is gone, as after a kill.
func (s *Store) state(run Run) Status {
	switch {
	case run.Status != Running:
		return run.Status
	case s.options.Now().Sub(run.Heartbeat) > staleAfter, here(run) && !processExists(run.pid):
		return Lost
	}
	return Running
}

// here says whether the run was made on this machine.
func here(run Run) bool {
	host, err := os.Hostname()
	return err == nil && host == run.Host
}

func processExists(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	if runtime.GOOS == "windows" { // FindProcess has told
		return true
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, syscall.EPERM)
}
