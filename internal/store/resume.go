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

// Errors of reopening a run that nobody may write but its owner.
var (
	// ErrRunning is the error of reopening a run that another process has.
	ErrRunning = errors.New("is still running")
	// ErrEnded is the error of reopening a run that has finished.
	ErrEnded = errors.New("has finished")
	// ErrTakenOver is the error of writing a run that another process has reopened since.
	ErrTakenOver = errors.New("was taken over by another process")
)

// Reopening says how a run is reopened.
type Reopening struct {
	Step int64 // training step to go on from
	// TakeOver takes a run from a process that seems to live, as where its
	// machine is gone or its clock was wrong. That process, if it lives, finds
	// out at its next write, and ends.
	TakeOver bool
}

// ReopenRun continues a run from a training step: what it logged after that
// step, and how it ended, is removed, so that it ends as if it had never been
// cut. The predictions and artifacts go too: a later step made them. Of several
// processes that ask for a run at once one gets it; a run that another process
// is still at is refused, and so is one that has finished.
func (s *Store) ReopenRun(ctx context.Context, id int64, how Reopening) (*RunWriter, error) {
	claim, err := newUUID()
	if err != nil {
		return nil, err
	}
	var run Run
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if run, err = s.runIn(ctx, tx, id); err != nil {
			return err
		}
		own := here(run) && run.pid == processID
		switch {
		case run.Status == Finished:
			return fmt.Errorf("run %s %w: there is nothing to resume", run.Name, ErrEnded)
		case run.State == Running && !own && !how.TakeOver:
			return fmt.Errorf("run %s %w: %s; end it first, or take it over if that is wrong (--take-over)",
				run.Name, ErrRunning, run.owner(s.options.Now()))
		}
		return s.reopen(ctx, tx, run, how.Step, claim)
	})
	if err != nil {
		return nil, err
	}
	return newRunWriter(s, id, run.RunInfo, point{how.Step, run.Seconds}, claim), nil
}

// owner says which process has a run, and when it was last heard of.
func (r Run) owner(now time.Time) string {
	text := fmt.Sprintf("process %d on %s, last sign of life %s", r.pid, r.Host, r.Heartbeat.Format(time.DateTime+" UTC"))
	if ahead := r.Heartbeat.Sub(now); ahead > staleAfter {
		text += fmt.Sprintf(", which is %s from now: a clock is wrong", ahead.Round(time.Second))
	}
	return text
}

func (s *Store) reopen(ctx context.Context, tx *sql.Tx, run Run, step int64, claim string) error {
	host, err := os.Hostname()
	if err != nil {
		host = run.Host
	}
	for _, table := range []string{"metrics", "evaluations", "alarms"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ? AND step > ?", run.ID, step); err != nil {
			return err
		}
	}
	for _, table := range []string{"packed_predictions", "artifacts"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ?", run.ID); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE runs SET status = 'running', error = NULL, seconds = `+secondsOfWork+`, finished = NULL, heartbeat = ?, step = min(step, ?), host = ?, pid = ?, claim = ?
		WHERE id = ?`, s.now(), step, host, processID, claim, run.ID)
	return err
}

// AppendRun opens a run that has ended for adding evaluations and artifacts.
// Its status and what it holds stay as they are.
func (s *Store) AppendRun(ctx context.Context, id int64) (*RunWriter, error) {
	run, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	w := &RunWriter{ID: id, Name: run.Name, store: s, uuid: run.UUID, closed: true, ended: true, stop: make(chan struct{}),
		done: make(chan struct{})}
	close(w.done)
	return w, nil
}

// state is the run's status, or Lost if the run gave no sign of life for too
// long or if its process on this machine is gone, as after a kill. Where the
// database could not take its results, it is still Running if a process fills
// the file of them, and else Waiting.
func (s *Store) state(run Run) Status {
	switch {
	case run.Status == Finished && run.Imported:
		return Imported
	case run.Status != Running:
		return run.Status
	case s.options.Now().Sub(run.Heartbeat) > staleAfter, here(run) && !processExists(run.pid):
		return s.outboxState(run)
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
