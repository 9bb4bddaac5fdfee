package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// recordIn makes the test binary write a run into the database that the
// variable names instead of testing.
const recordIn = "KONTRAST_STORE_TEST_RECORD_IN"

// answerArgument makes it answer a query.
const answerArgument = "answer-a-query"

const (
	stepsOfEach = 300
	evaluations = 30
)

func TestMain(m *testing.M) {
	var err error
	switch path := os.Getenv(recordIn); {
	case len(os.Args) == 2 && os.Args[1] == answerArgument:
		err = Answer(os.Stdin, os.Stdout)
	case path != "":
		err = record(path)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// record is what one of several processes does: many small transactions.
func record(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{FlushInterval: time.Millisecond})
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := s.CreateRun(ctx, info("simclr", "resnet8", uint64(os.Getpid())))
	if err != nil {
		return err
	}
	for step := range int64(stepsOfEach) {
		if err := w.Log(ctx, step, "loss", 1); err != nil {
			return err
		}
		if step%(stepsOfEach/evaluations) == 0 {
			if err := w.AddEvaluations(ctx, step, knn, map[string]float64{"top1": 0.5}); err != nil {
				return err
			}
		}
	}
	return w.Finish(ctx, Finished, nil)
}

func TestProcessesWriteOneDatabaseAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db") // none has made it yet
	self, err := os.Executable()
	check(t, err)
	const processes = 4
	var started []*exec.Cmd
	for range processes {
		command := exec.CommandContext(t.Context(), self)
		command.Env = append(os.Environ(), recordIn+"="+path)
		command.Stderr = os.Stderr
		check(t, command.Start())
		started = append(started, command)
	}
	for _, command := range started {
		if err := command.Wait(); err != nil {
			t.Errorf("a process failed: %v", err)
		}
	}
	s := openStore(t, path, Options{})
	got := text(t, s,
		`SELECT count(*), count(DISTINCT name), (SELECT count(*) FROM metrics), (SELECT count(*) FROM evaluations),
		(SELECT count(*) FROM protocols) FROM runs WHERE status = 'finished'`)
	want := fmt.Sprintf("%d|%d|%d|%d|1", processes, processes, processes*stepsOfEach, processes*evaluations)
	if got != want {
		t.Errorf("runs, names, metrics, evaluations and protocols: %s, want %s", got, want)
	}
}

func TestAKilledProcessLosesNothingItFlushed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	openStore(t, path, Options{})
	self, err := os.Executable()
	check(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), recordIn+"="+path)
	check(t, command.Start())
	reader := openStore(t, path, Options{ReadOnly: true})
	eventually(t, func() bool {
		runs, err := reader.Runs(t.Context(), Filter{})
		check(t, err)
		return len(runs) == 1
	})
	check(t, command.Process.Kill())
	_ = command.Wait() // reports the kill
	s := openStore(t, path, Options{})
	if got := lines(t, s, "PRAGMA integrity_check"); got[0] != "ok" {
		t.Errorf("integrity check: %v", got)
	}
	run, err := s.Run(t.Context(), 1)
	check(t, err)
	if run.Status == Finished {
		t.Skip("it was done before it could be killed")
	}
	w, err := s.ReopenRun(t.Context(), 1, Reopening{})
	check(t, err)
	check(t, w.Finish(t.Context(), Finished, nil))
}
