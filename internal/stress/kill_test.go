package stress

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// numbers are all that was measured, in full precision.
var numbers = []string{
	"SELECT name, step, value FROM metrics ORDER BY run, name, step",
	"SELECT p.label, e.metric, e.step, e.value FROM evaluations e JOIN protocols p ON p.id = e.protocol ORDER BY " +
		"p.label, e.metric, e.step",
	"SELECT p.label, q.sample, q.label, q.predicted FROM predictions q JOIN protocols p ON p.id = q.protocol ORDER BY " +
		"p.label, q.sample",
	"SELECT status, step FROM runs ORDER BY id",
}

func measured(t *testing.T, folder string) (all [][][]any) {
	t.Helper()
	for _, statement := range numbers {
		rows, err := store.Query(t.Context(), filepath.Join(folder, "experiments.db"), statement, store.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows.Values) == 0 {
			t.Fatalf("%s: nothing to compare", statement)
		}
		all = append(all, rows.Values)
	}
	return all
}

// TestARunThatIsKilledAgainAndAgainEndsWithTheSameNumbers kills a run and each
// resumption of it at any moment, with the signal that no process can handle.
func TestARunThatIsKilledAgainAndAgainEndsWithTheSameNumbers(t *testing.T) {
	begun := time.Now()
	uncut := measured(t, recorded(t))
	whole := time.Since(begun) // only so that most kills come within a run
	for round := range times(2, 40) {
		folder := t.TempDir()
		r := rand.New(rand.NewPCG(uint64(round), 2))
		args, kills := tiny, 0
		for ; kills < 3; kills++ {
			if !killed(t, folder, time.Duration(r.Float64()*float64(whole)), args...) {
				args = []string{"resume", "1", "--quiet"} // it says that there is nothing to do
				break
			}
			if runs, err := store.Query(t.Context(), filepath.Join(folder, "experiments.db"), "SELECT 1 FROM runs",
				store.Limits{}); err == nil && len(runs.Values) > 0 {
				args = []string{"resume", "1", "--quiet"}
			}
		}
		code, output, messages := program(t, folder, args...)
		// 2: it had finished
		orderly(t, fmt.Sprintf("round %d: %q after %d kills", round, args[0], kills), code, output, messages, 0, 2)
		if diff := cmp.Diff(uncut, measured(t, folder)); diff != "" {
			t.Errorf("round %d: after %d kills the numbers differ (-uncut +killed):\n%.2000s", round, kills, diff)
		}
		if parts, _ := filepath.Glob(filepath.Join(folder, "experiments.runs", "*", "*.part*")); len(parts) > 0 {
			t.Errorf("round %d: unfinished files stay: %q", round, parts)
		}
	}
}

// TestATransferStudyThatIsCutEndsWithTheSameRows kills and interrupts a transfer study at any moment, and repeats the
// command.
func TestATransferStudyThatIsCutEndsWithTheSameRows(t *testing.T) {
	trained := recorded(t)
	args := []string{
		"transfer", "--quiet", "--study", "t", "--models", "1", "--datasets", "shapes,few=shapes", "--protocols",
		"knn,linear,few-shot", "--set", "shapes.train=120", "--set", "shapes.test=40", "--set", "few.train=100", "--set",
		"few.test=30",
	}
	rows := func(folder string) [][]any {
		t.Helper()
		table, err := store.Query(t.Context(), filepath.Join(folder, "experiments.db"),
			"SELECT model, dataset, evaluation, metric, value, note, protocol, (SELECT count(*) FROM predictions p WHERE "+
				"p.run = t.run) FROM transfer_table t ORDER BY dataset, evaluation, metric", store.Limits{})
		if err != nil || len(table.Values) == 0 {
			t.Fatalf("nothing to compare: %d rows, %v", len(table.Values), err)
		}
		return table.Values
	}
	copied := func() string {
		t.Helper()
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(trained)); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	whole, begun := copied(), time.Now()
	if code, _, messages := program(t, whole, args...); code != 0 {
		t.Fatalf("exit code %d: %s", code, messages)
	}
	lasting, uncut := time.Since(begun), rows(whole) // the time only so that most cuts come within
	for round := range times(2, 40) {
		folder := copied()
		r := rand.New(rand.NewPCG(uint64(round), 5))
		for cut := range 3 {
			with := os.Kill
			if (round+cut)%2 == 1 {
				with = os.Interrupt
			}
			code := ended(t, folder, time.Duration(r.Float64()*float64(lasting)), with, args...)
			if code == 0 {
				break
			}
			if with == os.Interrupt && code != 130 && code != -1 { // -1: before the program minded signals
				t.Errorf("round %d: exit code %d after an interruption, want 130", round, code)
			}
		}
		code, output, messages := program(t, folder, args...)
		orderly(t, fmt.Sprintf("round %d", round), code, output, messages, 0)
		if diff := cmp.Diff(uncut, rows(folder)); diff != "" {
			t.Errorf("round %d: the rows differ (-uncut +cut):\n%.2000s", round, diff)
		}
	}
}

// killed starts the program and kills it after a while. It is false if the program had ended by itself.
func killed(t *testing.T, folder string, after time.Duration, args ...string) bool {
	t.Helper()
	return ended(t, folder, after, os.Kill, args...) != 0
}

// ended starts the program, sends it a signal after a while, and returns its exit code: -1 if the signal ended it.
func ended(t *testing.T, folder string, after time.Duration, with os.Signal, args ...string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, args...)
	command.Dir, command.Env = folder, append(os.Environ(), asProgram+"=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { command.Process.Signal(with) })
	defer timer.Stop()
	_ = command.Wait() // the exit code tells
	return command.ProcessState.ExitCode()
}
