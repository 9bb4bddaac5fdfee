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
	record := func(plan *Plan, method string, accuracy float64) {
		stream := random.New(plan.Spec.Seed, uint64(len(method)))
		right := make([]bool, 500)
		for i := range right {
			right[i] = stream.Float64() < accuracy
		}
		recordRun(t, r, plan, method, right)
	}
	for _, plan := range study.Baselines() {
		record(plan.untrained(), Untrained, 0.1)
	}
	for _, plan := range study.Plans {
		record(plan, plan.Method.Name, accuracies[plan.Method.Name])
	}
}

// recordRun adds a finished run that is right on those test samples.
func recordRun(t *testing.T, r *Runner, plan *Plan, method string, right []bool) {
	t.Helper()
	knn := store.Protocol{Kind: "knn", K: 5, TestSplit: "test"}
	guesses, hits := make([]store.Prediction, len(right)), 0
	for i, ok := range right {
		guesses[i] = store.Prediction{Sample: i, Label: 1}
		if ok {
			guesses[i].Predicted = 1
			hits++
		}
	}
	w, err := r.Store.CreateRun(t.Context(), infoOf(t, r, plan, method))
	if err == nil {
		err = w.AddEvaluations(t.Context(), 1, knn, map[string]float64{"top1": float64(hits) / float64(len(right))})
	}
	if err == nil {
		err = w.SetPredictions(t.Context(), knn, guesses)
	}
	if err == nil {
		err = w.Finish(t.Context(), store.Finished, nil)
	}
	if err != nil {
		t.Fatal(err)
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
	if len(made) != 3 || !strings.Contains(names, "toy-") || !strings.Contains(names, "other-") ||
		!strings.Contains(names, "untrained-") {
		t.Errorf("made %q, want one more seed of the two that may be the best, and its baseline", made)
	}
	if len(told) != 2 || told[0] != "6 seeds: 1 open, 1 behind" {
		t.Errorf("told %q", told)
	}
}

// simulate runs races of two methods whose trainings are simulated: the chance
// that a network is right on a test sample depends on the sample, which all
// networks meet, on the seed, on the network, and on the advantage of the first
// method. It returns how many races called the first method better and how many
// worse, and the mean number of seeds made.
func simulate(t *testing.T, races, most int, advantage float64) (better, worse int, seeds float64) {
	t.Helper()
	const samples = 200
	r := newRunner(t)
	for n := range races {
		name := fmt.Sprintf("race-%g-%d", advantage, n)
		text := tiny + "study: " + name + "\ngrid: {method: [toy, other], seed: [%s]}"
		stream := random.New(uint64(n), uint64(1000*advantage))
		difficulty := make([]float64, samples)
		for i := range difficulty {
			difficulty[i] = stream.Normal()
		}
		train := func(round *Study) error {
			for _, plan := range round.Plans {
				network := 0.15 * stream.Normal()
				if plan.Method.Name == "toy" {
					network += advantage
				}
				right := make([]bool, samples)
				for i := range right {
					right[i] = difficulty[i]+network+stream.Normal() > 0
				}
				recordRun(t, r, plan, plan.Method.Name, right)
			}
			return nil
		}
		err := r.race(t.Context(), resolveStudy(t, fmt.Sprintf(text, "1, 2, 3")), Race{
			Margin: 0.005, MaxSeeds: most, Kind: "knn",
			More: func(seed uint64) (*Study, error) {
				seeds++
				return resolveStudy(t, fmt.Sprintf(text, fmt.Sprint(seed))), nil
			},
		}, train)
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := compare.Study(
			t.Context(), r.Store, store.Filter{Study: name, Metric: "top1"}, compare.Options{Margin: 0.005},
		)
		if err != nil || len(pairs) != 1 {
			t.Fatalf("%d pairs, error %v", len(pairs), err)
		}
		pair := pairs[0]
		if pair.First.Method != "toy" {
			pair = pair.Turned()
		}
		switch pair.Verdict {
		case compare.Better:
			better++
		case compare.Worse:
			worse++
		}
	}
	return better, worse, 3 + seeds/float64(races)
}

// Of methods without a difference a race calls one better in 5 % of the cases at
// most, although it looks after each round: the bound leaves 40 races their
// binomial error (1 %). Where there is one, it is found, and ends the race.
func TestARaceKeepsItsLevel(t *testing.T) {
	if better, worse, _ := simulate(t, 40, 10, 0); better+worse > 6 {
		t.Errorf("%d of 40 races between equals were decided", better+worse)
	}
	better, worse, seeds := simulate(t, 10, 10, 0.8)
	if better < 9 || worse > 0 || seeds > 8 {
		t.Errorf("of 10 races that the first method leads by far it won %d and lost %d, with %v seeds", better, worse, seeds)
	}
}
