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

// killed starts the program and kills it after a while. It is false if the program had ended by itself.
func killed(t *testing.T, folder string, after time.Duration, args ...string) bool {
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
	timer := time.AfterFunc(after, func() { command.Process.Kill() })
	defer timer.Stop()
	return command.Wait() != nil
}
