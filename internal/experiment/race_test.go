package experiment

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// recordScores adds the finished runs of a study, with guesses of that accuracy
// by method, and its baselines.
func recordScores(t *testing.T, r *Runner, study *Study, accuracies map[string]float64) {
	t.Helper()
	knn := store.Protocol{Kind: "knn", K: 5, TestSplit: "test"}
	record := func(plan *Plan, method string, accuracy float64) {
		w, err := r.Store.CreateRun(t.Context(), r.info(plan, method))
		if err != nil {
			t.Fatal(err)
		}
		stream := random.New(plan.Spec.Seed, uint64(len(method)))
		guesses, right := make([]store.Prediction, 500), 0
		for i := range guesses {
			guesses[i] = store.Prediction{Sample: i, Label: 1}
			if stream.Float64() < accuracy {
				guesses[i].Predicted = 1
				right++
			}
		}
		if err := w.AddEvaluation(t.Context(), 1, knn, "top1", float64(right)/500); err != nil {
			t.Fatal(err)
		}
		if err := w.SetPredictions(t.Context(), knn, guesses); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(t.Context(), store.Finished, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, plan := range study.Baselines() {
		record(plan.baseline(), Untrained, 0.1)
	}
	for _, plan := range study.Plans {
		record(plan, plan.Method.Name, accuracies[plan.Method.Name])
	}
}

// race runs a race of a study with six recorded seeds, and returns which runs
// it made and what it told.
func race(t *testing.T, methods string, accuracies map[string]float64, most int) (made, told []string) {
	t.Helper()
	r := newRunner(t)
	text := tiny + "study: s\ngrid: {method: [" + methods + "], seed: [%s]}"
	study := resolveStudy(t, fmt.Sprintf(text, "1, 2, 3, 4, 5, 6"))
	recordScores(t, r, study, accuracies)
	before := len(states(t, r))
	err := r.RunRace(t.Context(), study, Race{
		Margin: 0.01, MaxSeeds: most, Kind: "knn",
		More: func(seed uint64) (*Study, error) { return resolveStudy(t, fmt.Sprintf(text, fmt.Sprint(seed))), nil },
		Told: func(seeds int, s compare.Standing) {
			told = append(told, fmt.Sprintf("%d seeds: %d open, %d behind", seeds, len(s.Open), len(s.Behind)))
		},
	}, Changes{})
	if err != nil {
		t.Fatal(err)
	}
	return states(t, r)[before:], told
}

func TestARaceThatIsDecidedAddsNoSeed(t *testing.T) {
	made, told := race(t, "toy, other", map[string]float64{"toy": 0.9, "other": 0.4}, 9)
	if len(made) > 0 || !slices.Equal(told, []string{"6 seeds: 0 open, 1 behind"}) {
		t.Errorf("made %q, told %q", made, told)
	}
}

func TestWhoIsBehindGetsNoFurtherSeed(t *testing.T) {
	made, told := race(t, "toy, other, simclr", map[string]float64{"toy": 0.9, "other": 0.89, "simclr": 0.3}, 7)
	names := strings.Join(made, "\n")
	if len(made) != 3 || !strings.Contains(names, "toy-") || !strings.Contains(names, "other-") || !strings.Contains(names, "untrained-") {
		t.Errorf("made %q, want one more seed of the two that may be the best, and its baseline", made)
	}
	if len(told) != 2 || told[0] != "6 seeds: 1 open, 1 behind" {
		t.Errorf("told %q", told)
	}
}
