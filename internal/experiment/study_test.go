package experiment

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func resolveStudy(t *testing.T, text string) *Study {
	t.Helper()
	study, err := newCatalog(t).ResolveStudy(parse(t, text), Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return study
}

func points(plans []*Plan) (all []string) {
	for _, p := range plans {
		all = append(all, fmt.Sprintf("%s %s %d", p.Method.Name, p.Backbone.Name, p.Spec.Seed))
	}
	return all
}

func TestAStudyIsEveryCombination(t *testing.T) {
	study := resolveStudy(t, "study: s\ngrid: {method: [toy, other], backbone: [resnet8, vit-ti], seed: [7]}")
	want := []string{"toy resnet8 7", "toy vit-ti 7", "other resnet8 7", "other vit-ti 7"}
	if got := points(study.Plans); !slices.Equal(got, want) {
		t.Errorf("plans %q, want %q", got, want)
	}
	if got := study.Baselines(); len(got) != 2 || got[0].Backbone.Name == got[1].Backbone.Name {
		t.Errorf("baselines %q, want one for each backbone", points(got))
	}
	for _, plan := range study.Plans {
		if len(plan.Spec.Grid.Points()) > 1 || plan.Spec.Study != "s" {
			t.Errorf("%v: a plan is one run of the study, not a grid", plan.Spec)
		}
	}
}

func TestAStudyFillsWhatIsNotSaid(t *testing.T) {
	study := resolveStudy(t, "grid: {method: [toy]}")
	want := []string{"toy resnet8 1", "toy resnet8 2", "toy resnet8 3", "toy resnet8 4", "toy resnet8 5"}
	if got := points(study.Plans); !slices.Equal(got, want) {
		t.Errorf("plans %q, want %q", got, want)
	}
	if epochs := study.Plans[0].Spec.Train.Epochs; epochs != 4 {
		t.Errorf("%d epochs, want the 4 of the default comparison", epochs)
	}
	if got, want := points(resolveStudy(t, "method: toy\nseed: 3").Plans), []string{"toy resnet8 3"}; !slices.Equal(got,
		want) {
		t.Errorf("plans %q, want %q: what is set is not varied", got, want)
	}
}

// The task of the default comparison stands for a data set and a backbone that
// aren't named: what is has its own defaults, as for a run.
func TestTheDefaultTaskIsOfNoNamedDataSet(t *testing.T) {
	for text, want := range map[string]string{
		"":                                           "shapes 16 1 2000 0.012",
		"dataset: {train: 100}":                      "shapes 16 1 2000 0.012",
		"dataset: {size: 24, test: 30}":              "shapes 24 1 30 0.012",
		"grid: {dataset.textures: [2]}":              "shapes 16 2 2000 0.012",
		"train: {learning_rate: {base: 0.1}}":        "shapes 16 1 2000 0.1",
		"grid: {train.learning_rate.base: [0.2]}":    "shapes 16 1 2000 0.2",
		"dataset: shapes":                            "shapes 32 2 1000 0.002",
		"dataset: {name: shapes, train: 100}":        "shapes 32 2 1000 0.002",
		"grid: {dataset: [shapes]}":                  "shapes 32 2 1000 0.002",
		"grid: {dataset: [{name: shapes, size: 8}]}": "shapes 8 2 1000 0.002",
		"backbone: vit-ti":                           "shapes 32 2 1000 0.002",
		"grid: {backbone: [vit-ti]}":                 "shapes 32 2 1000 0.002",
		"train: {optimizer: {name: sgd}}":            "shapes 32 2 1000 0.002",
	} {
		spec := resolveStudy(t, "method: toy\n"+text).Plans[0].Spec
		params := spec.Dataset.Params.(*data.ShapesParams)
		got := fmt.Sprint(spec.Dataset.Name, " ", params.Size, " ", params.Textures, " ", params.Test, " ",
			spec.Train.LearningRate.Base)
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if plan := resolveStudy(t, "method: toy\ndataset: mnist").Plans[0]; plan.Dataset.Name != "mnist" {
		t.Errorf("data set %s, want mnist", plan.Dataset.Name)
	}
}

func TestAStudyReportsTheFaultsOfEveryRun(t *testing.T) {
	_, err := newCatalog(t).ResolveStudy(parse(t, "grid: {method: [toy, tyo], backbone: [resnet9]}"), Defaults())
	text := fmt.Sprint(err)
	for _, want := range []string{`"tyo"; did you mean "toy"?`, `"resnet9"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q doesn't say %q", text, want)
		}
	}
}

// The store has a finished run, one that was cut, one that failed and a
// baseline; the study makes what is missing and goes on with what is not done.
func TestAStudyRepeatsNothing(t *testing.T) {
	r := newRunner(t)
	study := resolveStudy(t, tiny+"study: s\ngrid: {method: [toy], seed: [1, 2, 3, 4]}")
	record := func(plan *Plan, method string, status store.Status) {
		writer, err := r.Store.CreateRun(t.Context(), infoOf(t, r, plan, method))
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Finish(t.Context(), status, errors.New("as told")); err != nil {
			t.Fatal(err)
		}
	}
	record(study.Plans[0].untrained(), Untrained, store.Finished)
	record(study.Plans[0], "toy", store.Finished)
	record(study.Plans[1], "toy", store.Interrupted)
	record(study.Plans[2], "toy", store.Failed)
	if err := r.RunStudy(t.Context(), study, Changes{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"untrained-1 finished", "toy-2 finished", "toy-3 finished", "toy-4 finished",
		"untrained-5 finished", "untrained-6 finished", "untrained-7 finished", "toy-8 finished",
	}
	if got := states(t, r); !slices.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
	if scores, err := r.Store.Evaluations(t.Context(), 2); err != nil || len(scores) > 0 {
		t.Errorf("the run that had finished was made again: %v, %v", scores, err)
	}
	for _, id := range []int64{3, 4, 8} {
		if scores, err := r.Store.Evaluations(t.Context(), id); err != nil || len(scores) == 0 {
			t.Errorf("run %d has no evaluation, error %v", id, err)
		}
	}
}

func TestAFailureKeepsNoOtherRunFromBeingMade(t *testing.T) {
	r := newRunner(t)
	err := r.RunStudy(
		t.Context(), resolveStudy(t, tiny+"grid: {method: [toy], seed: [1], train.learning_rate.base: [1.0e+30, 0.1]}"),
		Changes{},
	)
	if !errors.Is(err, train.ErrNotFinite) || !strings.Contains(err.Error(), "toy on resnet8, seed 1: ") {
		t.Errorf("error %v, want that of the first run, with its place", err)
	}
	if got, want := states(t, r), []string{"untrained-1 finished", "toy-2 stopped",
		"toy-3 finished"}; !slices.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
}

func TestDataThatCannotBeReadLeavesNoRun(t *testing.T) {
	r := newRunner(t)
	nowhere := "dataset: {name: folder, path: " + filepath.Join(t.TempDir(), "nowhere") + ", test_fraction: 0.5}\n"
	if outcome, err := r.Run(t.Context(), resolve(t, "method: toy\n"+nowhere)); err == nil || outcome != nil {
		t.Errorf("outcome %v, error %v", outcome, err)
	}
	err := r.RunStudy(t.Context(), resolveStudy(t, nowhere+"grid: {method: [toy, other], seed: [1]}"), Changes{})
	if got := strings.Count(fmt.Sprint(err), "nowhere"); got != 1 {
		t.Errorf("%v says it %d times, want once", err, got)
	}
	if outcome, err := r.Run(t.Context(), resolve(t, "method: toy\ndataset: {name: shapes, train: 8}")); err == nil ||
		outcome != nil {
		t.Errorf("fewer samples than a batch: outcome %v, error %v", outcome, err)
	}
	if got := states(t, r); len(got) > 0 {
		t.Errorf("runs %q, want none", got)
	}
}

// infoOf is what the store gets of a plan on data that come with the program.
func infoOf(t *testing.T, r *Runner, plan *Plan, method string) store.RunInfo {
	t.Helper()
	info, err := r.info(plan, method, store.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	return info
}
