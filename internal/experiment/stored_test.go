package experiment

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// cutRun is a run that was interrupted after its first step.
func cutRun(t *testing.T, r *Runner, text string) *Outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = &calls{step: cancel}
	outcome, err := r.Run(ctx, resolve(t, text))
	r.Progress = nil
	if !errors.Is(err, train.ErrInterrupted) {
		t.Fatalf("outcome %v, error %v; want an interruption", outcome, err)
	}
	return outcome
}

// exec changes the database behind the program's back.
func exec(t *testing.T, r *Runner, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", r.Store.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestACheckpointOfAnotherRunIsRefused(t *testing.T) {
	r := newRunner(t)
	own := cutRun(t, r, tiny+"method: toy")
	for name, text := range map[string]string{
		"method": "method: other", "seed": "method: toy\nseed: 2", "hyperparameter": "method: {name: toy, weight: 2}",
	} {
		other := cutRun(t, r, tiny+text)
		taken, err := os.ReadFile(filepath.Join(r.Folder, other.Run, "step-000000001.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.Folder, own.Run, "step-000000001.safetensors"), taken, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Resume(t.Context(), own.ID, Changes{}); !errors.Is(err, train.ErrForeign) ||
			!strings.Contains(err.Error(), other.Run) {
			t.Errorf("of another %s: error %v, want ErrForeign that names %s", name, err, other.Run)
		}
		if _, err := r.Evaluate(t.Context(), own.ID, Changes{}); !errors.Is(err, train.ErrForeign) {
			t.Errorf("of another %s, to evaluate: error %v, want ErrForeign", name, err)
		}
	}
	if got := states(t, r)[0]; got != "toy-1 interrupted" {
		t.Errorf("the run is %q, want it as it was", got)
	}
}

func TestAnEditedConfigurationIsFound(t *testing.T) {
	for _, edit := range []string{
		`config = replace(config, '"batch_size":16', '"batch_size":8')`,
		`config = replace(config, '"seed":1', '"seed":2')`,
		`seed = 2`,
		`config_hash = 'abc'`,
	} {
		r := newRunner(t)
		run := cutRun(t, r, tiny+"method: toy")
		exec(t, r, "UPDATE runs SET "+edit)
		if _, err := r.Resume(t.Context(), run.ID, Changes{}); err == nil ||
			!strings.Contains(err.Error(), "not the one it was recorded with") {
			t.Errorf("%s: error %v, want that the configuration was changed", edit, err)
		}
	}
}

func TestANameLeadsOutOfNoFolder(t *testing.T) {
	for _, name := range []string{"../../x", "/etc/x", "a/b", "..", "."} {
		r := newRunner(t)
		run := cutRun(t, r, tiny+"method: toy")
		exec(t, r, "UPDATE runs SET name = '"+name+"'")
		for _, work := range []func() error{
			func() error { _, err := r.Resume(t.Context(), run.ID, Changes{}); return err },
			func() error { _, err := r.Evaluate(t.Context(), run.ID, Changes{}); return err },
			func() error { _, err := r.Export(t.Context(), run.ID, t.TempDir(), Changes{}); return err },
		} {
			if err := work(); err == nil || !strings.Contains(err.Error(), "leads out of") {
				t.Errorf("%s: error %v, want that it leads out of the folder", name, err)
			}
		}
	}
}

// TestACheckpointAheadOfWhatWasCarriedIsNotUsed has a checkpoint that a process wrote after another one had read the
// rows that are recorded of the run.
func TestACheckpointAheadOfWhatWasCarriedIsNotUsed(t *testing.T) {
	text := strings.Replace(tiny, "batch_size: 16", "batch_size: 16, checkpoint: {every_steps: 1, keep: 3}", 1) + "method: toy"
	whole := newRunner(t)
	want, err := whole.Run(t.Context(), resolve(t, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []int{2, 1} { // the checkpoints of steps 2 and 3, or the last alone
		r := newRunner(t)
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		r.Progress = &calls{step: func() {
			if steps++; steps == 3 {
				cancel()
			}
		}}
		cut, err := r.Run(ctx, resolve(t, text))
		if !errors.Is(err, train.ErrInterrupted) {
			t.Fatalf("error %v; want an interruption", err)
		}
		exec(t, r, "DELETE FROM metrics WHERE step > 2; UPDATE runs SET step = 2")
		if kept == 1 {
			for _, step := range []string{"1", "2"} {
				if err := os.Remove(filepath.Join(r.Folder, cut.Run, "step-00000000"+step+".safetensors")); err != nil {
					t.Fatal(err)
				}
			}
		}
		steps = 0
		r.Alone = true
		if _, err := r.Resume(t.Context(), cut.ID, Changes{}); err != nil {
			t.Fatal(err)
		}
		if made := map[int]int{2: 2, 1: 4}[kept]; steps != made {
			t.Errorf("%d checkpoints: resumed by %d steps, want %d", kept, steps, made)
		}
		if diff := cmp.Diff(metrics(t, whole, want.ID), metrics(t, r, cut.ID)); diff != "" {
			t.Errorf("%d checkpoints: metrics (-of a run that was not cut +resumed)\n%s", kept, diff)
		}
	}
}

func metrics(t *testing.T, r *Runner, id int64) [][]any {
	t.Helper()
	rows, err := store.Query(t.Context(), r.Store.Path(),
		fmt.Sprintf("SELECT name, step, value FROM metrics WHERE run = %d ORDER BY name, step", id), store.Limits{Rows: 1000})
	if err != nil || len(rows.Values) == 0 {
		t.Fatalf("metrics of run %d: %v, %v", id, rows, err)
	}
	return rows.Values
}
