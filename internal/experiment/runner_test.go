package experiment

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// calls is a progress that writes down what it is told, and can do something then.
type calls struct {
	told       []string
	step       func()
	evaluating func()
}

func (c *calls) note(what string) { c.told = append(c.told, what) }

func (c *calls) Begin(run string, _, _ int) RunProgress {
	c.note("begin " + run)
	return c
}
func (c *calls) Evaluating() {
	c.note("evaluating")
	if c.evaluating != nil {
		c.evaluating()
	}
}
func (c *calls) Results(int, string) { c.note("results") }
func (c *calls) End(error)           { c.note("end") }
func (c *calls) Step(int, float64) {
	if c.step != nil {
		c.step()
	}
}

func TestABaselineTrainsNothing(t *testing.T) {
	r, progress := newRunner(t), &calls{}
	r.Progress = progress
	outcome, err := r.Baseline(t.Context(), resolve(t, tiny+"method: toy\nseed: 5"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.Store.Run(t.Context(), outcome.ID)
	if err != nil {
		t.Fatal(err)
	}
	if run.Method != Untrained || run.Seed != 5 || run.Step != 0 || len(outcome.Results) == 0 {
		t.Errorf("%s, seed %d, %d steps, %d results; want untrained, 5, 0 and some",
			run.Method, run.Seed, run.Step, len(outcome.Results))
	}
	if want := []string{"begin untrained-1", "evaluating", "results", "end"}; !slices.Equal(progress.told, want) {
		t.Errorf("progress %q, want %q", progress.told, want)
	}
	more, err := r.Evaluate(t.Context(), run.ID, Changes{Set: []string{"eval.knn.k=3", "eval.linear.skip=true"}})
	if err != nil || len(more.Results) == 0 || more.Results[0].Protocol.K != 3 {
		t.Errorf("evaluated again: %v, error %v; want neighbors of k = 3", more, err)
	}
}

// TestABaselineThatWasCutIsResumed cuts one in its evaluation.
func TestABaselineThatWasCutIsResumed(t *testing.T) {
	r := newRunner(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = &calls{evaluating: cancel}
	outcome, err := r.Baseline(ctx, resolve(t, tiny+"method: toy\nseed: 5"))
	if !errors.Is(err, context.Canceled) || outcome.Status != store.Interrupted {
		t.Fatalf("outcome %v, error %v; want an interruption", outcome, err)
	}
	r.Progress = nil
	if outcome, err = r.Resume(t.Context(), outcome.ID, Changes{}); err != nil {
		t.Fatal(err)
	}
	whole, err := newRunner(t).Baseline(t.Context(), resolve(t, tiny+"method: toy\nseed: 5"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Results, outcome.Results); diff != "" {
		t.Errorf("the scores are not those of a baseline that was not cut (-want +got):\n%s", diff)
	}
	if got, want := states(t, r), []string{"untrained-1 finished"}; !slices.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
}

func TestASingleTestSampleIsEvaluatedButForItsSpread(t *testing.T) {
	outcome, err := newRunner(t).Run(
		t.Context(), resolve(t, strings.Replace(tiny, "test: 20", "test: 1", 1)+"method: toy"),
	)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, result := range outcome.Results {
		kinds[result.Protocol.Kind] = true
	}
	if !kinds["knn"] || !kinds["linear"] || kinds["spread"] {
		t.Errorf("evaluations %v, want knn and linear alone", kinds)
	}
}

func TestFineTuningFromAHeadIsRefusedBeforeTheTraining(t *testing.T) {
	r := newRunner(t)
	plan := resolve(
		t, strings.Replace(tiny, "eval: {", "eval: {fine_tune: {fractions: [1], from: head, epochs: 1}, ", 1)+"method: toy",
	)
	want := "eval.fine_tune: the method keeps no layer of its head; set from to backbone"
	if _, err := r.Run(t.Context(), plan); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := r.Baseline(t.Context(), plan); err != nil {
		t.Errorf("the untrained backbone, which has no head: %v", err)
	}
	if got, want := states(t, r), []string{"untrained-1 finished"}; !slices.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
}

func TestARunLeavesItsCheckpointOnRecord(t *testing.T) {
	r := newRunner(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = &calls{step: cancel}
	outcome, err := r.Run(ctx, resolve(t, tiny+"method: toy"))
	if !errors.Is(err, train.ErrInterrupted) || outcome.Status != store.Interrupted {
		t.Fatalf("outcome %v, error %v; want an interruption", outcome, err)
	}
	checkpoint := func() string {
		files, err := r.Store.Artifacts(t.Context(), outcome.ID)
		if err != nil || len(files) != 1 || files[0].Kind != "checkpoint" {
			t.Fatalf("files %v, error %v; want one checkpoint", files, err)
		}
		if info, err := os.Stat(files[0].Path); err != nil || info.Size() != files[0].Bytes {
			t.Errorf("%s: %v, want a file of %d bytes", files[0].Path, err, files[0].Bytes)
		}
		return files[0].Path
	}
	if first := checkpoint(); !strings.HasSuffix(first, "step-000000001.safetensors") {
		t.Errorf("the checkpoint is %s, want that of step 1", first)
	}
	r.Progress = nil
	if outcome, err = r.Resume(t.Context(), outcome.ID, Changes{}); err != nil {
		t.Fatal(err)
	}
	if last := checkpoint(); !strings.HasSuffix(last, "step-000000004.safetensors") {
		t.Errorf("the checkpoint is %s, want that of step 4, the last", last)
	}

	if _, err := r.Evaluate(
		t.Context(), outcome.ID, Changes{Set: []string{"eval.batch_size=8", "eval.knn.k=3", "eval.linear.skip=true"}},
	); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(r.Folder); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Evaluate(t.Context(), outcome.ID, Changes{}); err == nil ||
		!strings.Contains(err.Error(), "no checkpoint") {
		t.Errorf("error %v, want that there is no checkpoint", err)
	}
}

// TestWhatTheDataCannotGiveIsRefusedBeforeTheTraining asks for more shots than a class has.
func TestWhatTheDataCannotGiveIsRefusedBeforeTheTraining(t *testing.T) {
	r := newRunner(t)
	plan := resolve(t, strings.Replace(tiny, "eval: {", "eval: {few_shot: {shots: [1, 40]}, ", 1)+"method: toy")
	for _, work := range []func() (*Outcome, error){
		func() (*Outcome, error) { return r.Run(t.Context(), plan) },
		func() (*Outcome, error) { return r.Baseline(t.Context(), plan) },
	} {
		if _, err := work(); err == nil || !strings.Contains(err.Error(), "fewer than 40 shots") {
			t.Errorf("error %v, want that a class has too few samples", err)
		}
	}
	if got := states(t, r); len(got) > 0 {
		t.Errorf("runs %q, want none", got)
	}
}

// TestARunThatFailedInItsEvaluationIsEvaluatedByResume breaks the last evaluation of a run by its own
// database, and resumes it.
func TestARunThatFailedInItsEvaluationIsEvaluatedByResume(t *testing.T) {
	r := newRunner(t)
	exec(t, r,
		`CREATE TRIGGER broken BEFORE INSERT ON evaluations WHEN (SELECT kind FROM protocols WHERE id = new.protocol) = 'linear'
		BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END`)
	outcome, err := r.Run(t.Context(), resolve(t, tiny+"method: toy"))
	if err == nil || outcome.Status != store.Failed {
		t.Fatalf("outcome %v, error %v; want a failure", outcome, err)
	}
	exec(t, r, "DROP TRIGGER broken")
	steps := 0
	r.Progress = &calls{step: func() { steps++ }}
	if outcome, err = r.Resume(t.Context(), outcome.ID, Changes{}); err != nil || outcome.Status != store.Finished {
		t.Fatalf("outcome %v, error %v; want it finished", outcome, err)
	}
	whole := newRunner(t)
	other, err := whole.Run(t.Context(), resolve(t, tiny+"method: toy"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scores(t, whole, other.ID), scores(t, r, outcome.ID)); diff != "" || steps != 0 {
		t.Errorf("%d steps were made again; scores (-of a run that did not fail +resumed)\n%s", steps, diff)
	}
}
