package cli

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// small is a run of 120 steps with a checkpoint every 20 and evaluations on the way.
var small = []string{
	"--quiet", "--epochs", "30", "--batch-size", "16",
	"--set", "backbone.name=resnet8", "--set", "backbone.width=0.25",
	"--set", "dataset.train=64", "--set", "dataset.test=40", "--set", "dataset.size=16",
	"--set", "train.checkpoint.every_steps=20", "--set", "eval.every_epochs=10", "--set", "eval.knn.k=5",
}

// moco is a run of small's size whose queue and momentum encoder must survive a cut too. At that temperature no loss
// leaves what guessing gives, and an alarm, too, must be the same.
var moco = append([]string{
	"run", "--method", "mocov2", "--set", "method.queue=64", "--set", "method.batch_norm_splits=2",
	"--set", "method.temperature=1000",
}, small...)

// start starts the program in a folder of its own.
func start(t *testing.T, folder string, environment []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "kontrast", args...)
	command.Dir, command.Env = folder, append(os.Environ(), environment...)
	messages := &bytes.Buffer{}
	command.Stderr = messages
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, messages
}

// exitCode waits for the program; a signal that ended it counts as -1.
func exitCode(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode()
}

// execute runs the program to its end, which must have that exit code, and returns its messages.
func execute(t *testing.T, folder string, code int, args ...string) string {
	t.Helper()
	command, messages := start(t, folder, nil, args...)
	if got := exitCode(t, command); got != code {
		t.Fatalf("%q exits with %d, want %d: %s", args, got, code, messages)
	}
	return messages.String()
}

// cut starts the program and sends it a signal when the first checkpoint lies there.
func cut(t *testing.T, folder string, signal syscall.Signal, args ...string) (code int, messages string) {
	t.Helper()
	command, stderr := start(t, folder, nil, args...)
	for deadline := time.Now().Add(time.Minute); len(checkpoints(t, folder)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no checkpoint within a minute")
		}
	}
	if err := command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	code = exitCode(t, command)
	if code == 0 {
		t.Fatal("the run was done before it could be cut")
	}
	return code, stderr.String()
}

func checkpoints(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "experiments.runs", "*", "step-*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// query returns rows of the database in a folder.
func query(t *testing.T, folder, statement string) [][]any {
	t.Helper()
	rows, err := store.Query(context.Background(), filepath.Join(folder, "experiments.db"), statement, store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return rows.Values
}

// numbers are all that was measured, in full precision.
var numbers = []string{
	"SELECT name, step, value FROM metrics ORDER BY run, name, step",
	"SELECT p.label, e.metric, e.step, e.value FROM evaluations e JOIN protocols p ON p.id = e.protocol ORDER BY e.run, " +
		"p.label, e.metric, e.step",
	"SELECT p.label, q.sample, q.label, q.predicted FROM predictions q JOIN protocols p ON p.id = q.protocol ORDER BY " +
		"q.run, p.label, q.sample",
	"SELECT step, kind, detail FROM alarms ORDER BY run, step, kind",
	"SELECT kind, bytes FROM artifacts ORDER BY run, path",
	"SELECT status FROM runs ORDER BY id",
}

// sameNumbers compares what two folders have recorded, bit for bit.
func sameNumbers(t *testing.T, got, want string) {
	t.Helper()
	for _, statement := range numbers {
		g, w := query(t, got, statement), query(t, want, statement)
		if len(w) == 0 {
			t.Errorf("%s: nothing to compare", statement)
		}
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s: the rows differ (-want +got):\n%.2000s", statement, diff)
		}
	}
}

func TestACutRunEndsAsIfItHadNeverBeenCut(t *testing.T) {
	uncut := t.TempDir()
	execute(t, uncut, 0, moco...)

	t.Run("killed", func(t *testing.T) {
		folder := t.TempDir()
		if code, messages := cut(t, folder, syscall.SIGKILL, moco...); code != -1 {
			t.Fatalf("exit code %d after SIGKILL: %s", code, messages)
		}
		execute(t, folder, 0, "resume", "mocov2-1", "--quiet")
		sameNumbers(t, folder, uncut)
	})

	t.Run("interrupted", func(t *testing.T) {
		folder := t.TempDir()
		code, messages := cut(t, folder, syscall.SIGINT, moco...)
		if want := "kontrast: interrupted\n  hint: resume with: kontrast resume " +
			"mocov2-1\n"; code != 130 || !strings.HasSuffix(messages, want) {
			t.Fatalf("exit code %d, messages %q; want 130 and %q", code, messages, want)
		}
		if got := query(t, folder, "SELECT status FROM runs"); got[0][0] != "interrupted" {
			t.Errorf("the run is %v, want interrupted", got[0][0])
		}
		last := query(t, folder, "SELECT max(step) FROM metrics")[0][0].(int64)
		if newest := checkpoints(t, folder); !strings.HasSuffix(newest[len(newest)-1], checkpointName(last)) {
			t.Errorf("checkpoints %v, want one of step %d, the last made", newest, last)
		}
		execute(t, folder, 0, "resume", "1", "--quiet")
		sameNumbers(t, folder, uncut)
	})

	t.Run("full disk", func(t *testing.T) {
		folder := t.TempDir()
		// A head so wide that a checkpoint is larger than the database will ever be.
		wide := append([]string{"run", "--set", "method.hidden_dim=2048"}, small...)
		if code, messages := cut(t, folder, syscall.SIGKILL, wide...); code != -1 {
			t.Fatalf("exit code %d after SIGKILL: %s", code, messages)
		}
		before := checkpoints(t, folder)
		command, messages := start(t, folder, []string{fileLimit + "=2000000"}, "resume", "1", "--quiet")
		if code := exitCode(t, command); code != 1 || !strings.Contains(messages.String(), "file too large; the previous "+
			"checkpoint is untouched") {
			t.Fatalf("exit code %d, messages %q", code, messages)
		}
		if after := checkpoints(t, folder); !cmp.Equal(before, after) {
			t.Errorf("checkpoints %v, before %v", after, before)
		}
		if got := query(t, folder, "SELECT status FROM runs"); got[0][0] != "failed" {
			t.Errorf("the run is %v, want failed", got[0][0])
		}
		execute(t, folder, 0, "resume", "1", "--quiet")
		if got := query(t, folder, "SELECT status, (SELECT max(step) FROM metrics) FROM runs"); !cmp.Equal(got,
			[][]any{{"finished", int64(120)}}) {
			t.Errorf("after the disk has space again: %v", got)
		}
	})
}

func checkpointName(step int64) string { return fmt.Sprintf("step-%09d.safetensors", step) }

func TestEqualRunsGiveEqualNumbers(t *testing.T) {
	first := t.TempDir()
	execute(t, first, 0, moco...)
	for _, workers := range []string{"1", "3"} {
		again := t.TempDir()
		execute(t, again, 0, append(moco, "--set", "train.workers="+workers)...)
		sameNumbers(t, again, first)
	}
}

func TestTwoProcessesShareADatabase(t *testing.T) {
	alone, folder := t.TempDir(), t.TempDir()
	args := append([]string{"run"}, small...)
	execute(t, alone, 0, args...)
	first, firstMessages := start(t, folder, nil, args...)
	second, secondMessages := start(t, folder, nil, args...)
	if code := exitCode(t, first); code != 0 {
		t.Errorf("the first exits with %d: %s", code, firstMessages)
	}
	if code := exitCode(t, second); code != 0 {
		t.Errorf("the second exits with %d: %s", code, secondMessages)
	}
	want := query(t, alone, "SELECT name, step, value FROM metrics ORDER BY name, step")
	for _, run := range []string{"simclr-1", "simclr-2"} {
		got := query(t, folder, "SELECT m.name, m.step, m.value FROM metrics m JOIN runs r ON r.id = m.run WHERE r.name = '"+
			run+"' ORDER BY m.name, m.step")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from a run that had the database to itself:\n%.2000s", run, diff)
		}
	}
}

// TestTwoProcessesShareAStudy gives the same comparison twice at once: each run is made once, and both have all.
func TestTwoProcessesShareAStudy(t *testing.T) {
	folder := t.TempDir()
	args := append([]string{"compare", "--study", "shared", "--methods", "simclr,byol", "--seeds", "1"}, small...)
	args = append(args, "--epochs", "3")
	first, firstMessages := start(t, folder, nil, args...)
	second, secondMessages := start(t, folder, nil, args...)
	if code := exitCode(t, first); code != 0 {
		t.Errorf("the first exits with %d: %s", code, firstMessages)
	}
	if code := exitCode(t, second); code != 0 {
		t.Errorf("the second exits with %d: %s", code, secondMessages)
	}
	got := query(t, folder, "SELECT method, status, count(*) FROM runs GROUP BY method ORDER BY method")
	want := [][]any{{"byol", "finished", int64(1)}, {"simclr", "finished", int64(1)}, {"untrained", "finished", int64(1)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if words := firstMessages.String() + secondMessages.String(); !strings.Contains(words, "another process is making a "+
		"run of this study") {
		t.Errorf("messages %q: neither says a word", words)
	}
}

func TestACutStudyGoesOn(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("the tests were started by nohup, which keeps SIGHUP from programs")
	}
	folder := t.TempDir()
	args := append([]string{"compare", "--study", "cut", "--methods", "simclr,byol", "--seeds", "1,2"}, small...)
	code, messages := cut(t, folder, syscall.SIGHUP, args...) // as where the terminal is closed
	if want := "kontrast: interrupted\n  hint: to resume, repeat the command with --study " +
		"cut\n"; code != 130 || !strings.HasSuffix(messages, want) {
		t.Fatalf("exit code %d, messages %q; want 130 and %q", code, messages, want)
	}
	execute(t, folder, 0, args...)
	got := query(t, folder, "SELECT method, seed, status, count(*) FROM runs GROUP BY method, seed ORDER BY method, seed")
	want := [][]any{
		{"byol", int64(1), "finished", int64(1)}, {"byol", int64(2), "finished", int64(1)},
		{"simclr", int64(1), "finished", int64(1)}, {"simclr", int64(2), "finished", int64(1)},
		{"untrained", int64(1), "finished", int64(1)}, {"untrained", int64(2), "finished", int64(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestALockedDatabaseIsWaitedFor(t *testing.T) {
	folder := t.TempDir()
	execute(t, folder, 0, append([]string{"run"}, small...)...)
	path := filepath.Join(folder, "experiments.db")
	other, err := sql.Open("sqlite3", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	transaction, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	waiting, messages := start(t, folder, nil, append([]string{"run"}, small...)...)
	time.Sleep(200 * time.Millisecond)
	if err := transaction.Rollback(); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, waiting); code != 0 {
		t.Errorf("a short lock makes it exit with %d: %s", code, messages)
	}
}
