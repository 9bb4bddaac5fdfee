package compare

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

var knn = store.Protocol{Kind: "knn", K: 20, TestSplit: "test"}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "experiments.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// record adds a finished run that is right on those test samples.
func record(t *testing.T, s *store.Store, method string, seed uint64, right []bool) {
	t.Helper()
	predictions, hits := make([]store.Prediction, len(right)), 0
	for i, ok := range right {
		predictions[i] = store.Prediction{Sample: i, Label: i % 3, Predicted: (i + 1) % 3}
		if ok {
			predictions[i].Predicted = i % 3
			hits++
		}
	}
	add(t, s, method, seed, "top1", float64(hits)/float64(len(right)), predictions)
}

func add(
	t *testing.T, s *store.Store, method string, seed uint64, metric string, value float64, predictions []store.Prediction,
) {
	t.Helper()
	ctx := context.Background()
	w, err := s.CreateRun(ctx, store.RunInfo{Study: "s", Method: method, Backbone: "resnet8", Dataset: "shapes",
		Seed: seed, Config: []byte("{}"), ConfigHash: "hash-" + method})
	if err == nil {
		err = w.AddEvaluations(ctx, 10, knn, map[string]float64{metric: value})
	}
	if err == nil && predictions != nil {
		err = w.SetPredictions(ctx, knn, predictions)
	}
	if err == nil {
		err = w.Finish(ctx, store.Finished, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// guesses draws which of n test samples are guessed rightly: each sample has the
// same draw for the same seed, so that methods differ where their accuracies do.
func guesses(n int, accuracy float64, seed uint64) []bool {
	stream := random.New(seed, 99)
	right := make([]bool, n)
	for i := range right {
		right[i] = stream.Float64() < accuracy
	}
	return right
}

func one(t *testing.T, s *store.Store, o Options) Pair {
	t.Helper()
	pairs, err := Study(t.Context(), s, store.Filter{Study: "s"}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 1 {
		t.Fatalf("%d pairs, want 1", len(pairs))
	}
	return pairs[0]
}

func TestABetterMethodIsCalledBetter(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(6) {
		record(t, s, "good", seed, guesses(500, 0.8, seed))
		record(t, s, "bad", seed, guesses(500, 0.6, seed))
	}
	p := one(t, s, Options{Margin: DefaultMargin})
	if p.First.Method != "good" || p.Verdict != Better || p.Test != Crossed || p.Estimate.Seeds != 6 ||
		p.Estimate.Samples != 500 {
		t.Errorf("got %+v", p)
	}
	if !(p.Lower > 0.1 && p.Upper < 0.3 && p.Holm < 0.001) || p.SignFlip != 2.0/64 {
		t.Errorf("interval %v to %v, p %v, by sign flips %v", p.Lower, p.Upper, p.Holm, p.SignFlip)
	}
	if turned := p.Turned(); turned.Verdict != Worse || turned.Estimate.Mean != -p.Estimate.Mean ||
		turned.Upper != -p.Lower || turned.Wins.Probability != 0 {
		t.Errorf("turned %+v", turned)
	}
}

func TestManySeedsHaveABootstrapInterval(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(stats.BootstrapLeast) {
		record(t, s, "good", seed, guesses(200, 0.7, seed))
		record(t, s, "bad", seed, guesses(200, 0.6, seed+1000))
		if seed == stats.BootstrapLeast-2 {
			if p := one(t, s, Options{}); !math.IsNaN(p.LowerBCa) || !math.IsNaN(p.UpperBCa) {
				t.Errorf("%d seeds have the interval %v to %v", seed+1, p.LowerBCa, p.UpperBCa)
			}
		}
	}
	p := one(t, s, Options{})
	if !(p.LowerBCa < p.Estimate.Mean && p.Estimate.Mean < p.UpperBCa && p.UpperBCa-p.LowerBCa < p.Upper-p.Lower) {
		t.Errorf("%v in %v to %v, by the bootstrap %v to %v", p.Estimate.Mean, p.Lower, p.Upper, p.LowerBCa, p.UpperBCa)
	}
	if turned := p.Turned(); turned.LowerBCa != -p.UpperBCa || turned.UpperBCa != -p.LowerBCa {
		t.Errorf("turned %+v", turned)
	}
}

func TestLowerMayBeBetter(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(5) {
		add(t, s, "good", seed, "mean_rank", 2+0.01*float64(seed), nil)
		add(t, s, "bad", seed, "mean_rank", 4+0.02*float64(seed*seed), nil)
	}
	p := one(t, s, Options{Margin: DefaultMargin})
	if p.First.Method != "good" || p.Verdict != Better || p.Test != Student || p.Estimate.Mean >= 0 ||
		p.Wins.Probability != 1 || p.Margin != 0 {
		t.Errorf("got %+v", p)
	}
}

func TestTheBaselineIsSecond(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(6) {
		record(t, s, "bad", seed, guesses(500, 0.3, seed))
		record(t, s, "untrained", seed, guesses(500, 0.5, seed))
	}
	if p := one(t, s, Options{Baseline: "untrained"}); p.First.Method != "bad" || p.Verdict != Worse {
		t.Errorf("got %+v", p)
	}
}

func TestAlikeMethodsAreEquivalentOrUndecidedWithAPlan(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(8) {
		right := guesses(4000, 0.7, seed)
		record(t, s, "a", seed, right)
		for i := range 4 { // two samples more, two fewer
			right[(int(seed)*531+i*97)%4000] = i < 2
		}
		record(t, s, "b", seed, right)
	}
	if p := one(t, s, Options{Margin: 0.01}); p.Verdict != Equivalent {
		t.Errorf("got %+v", p)
	}
	if p := one(t, s, Options{}); p.Verdict != Undecided {
		t.Errorf("without a margin: %+v", p)
	}
	s = newStore(t)
	for seed := range uint64(3) {
		record(t, s, "a", seed, guesses(4000, 0.7+0.02*float64(seed), seed))
		record(t, s, "b", seed, guesses(4000, 0.72-0.01*float64(seed), seed))
	}
	if p := one(t, s, Options{Margin: 0.03}); p.Verdict != Undecided || p.SeedsNeeded <= 3 {
		t.Errorf("got %+v", p)
	}
}

func TestOneSeedIsAboutTwoNetworks(t *testing.T) {
	s := newStore(t)
	record(t, s, "a", 1, guesses(500, 0.8, 1))
	record(t, s, "b", 1, guesses(500, 0.6, 1))
	if p := one(t, s, Options{}); p.Test != McNemar || p.Verdict != Better || !strings.Contains(p.Note, "two networks") ||
		!math.IsNaN(p.Estimate.SeedVariance) {
		t.Errorf("got %+v", p)
	}
	s = newStore(t)
	add(t, s, "a", 1, "top1", 0.5, nil)
	add(t, s, "b", 1, "top1", 0.4, nil)
	if p := one(t, s, Options{}); p.Test != None || p.Verdict != Undecided || !strings.Contains(p.Note, "run more seeds") {
		t.Errorf("without guesses: %+v", p)
	}
}

func TestLittleDataIsUndecidedAndSaysWhy(t *testing.T) {
	for name, test := range map[string]struct {
		fill func(s *store.Store)
		note string
	}{
		"no seed in common": {func(s *store.Store) {
			record(t, s, "a", 1, guesses(50, 0.5, 1))
			record(t, s, "b", 2, guesses(50, 0.5, 1))
		}, "no seed in common (1 and 1 seeds): run both with the same seeds"},
		"equal scores": {func(s *store.Store) {
			for seed := range uint64(3) {
				record(t, s, "a", seed, guesses(50, 0.5, seed))
				record(t, s, "b", seed, guesses(50, 0.5, seed))
			}
		}, "the same on every seed"},
		"one test sample": {func(s *store.Store) {
			for seed := range uint64(3) {
				record(t, s, "a", seed, []bool{true})
				record(t, s, "b", seed, []bool{false})
			}
		}, "more test samples"},
	} {
		s := newStore(t)
		test.fill(s)
		if p := one(t, s, Options{Margin: DefaultMargin}); p.Verdict != Undecided || !strings.Contains(p.Note, test.note) {
			t.Errorf("%s: %s, note %q", name, p.Verdict, p.Note)
		}
	}
}

// Guesses about other samples, or that the scores are not of, are not crossed.
func TestGuessesMustFitTheScores(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(3) {
		record(t, s, "a", seed, guesses(50, 0.5, seed))
		record(t, s, "b", seed, guesses(60, 0.5, seed))
	}
	if p := one(t, s, Options{}); p.Test != Student || p.Estimate.Samples != 0 {
		t.Errorf("other samples: %+v", p)
	}
}

func TestRecordedComparisonsAreFreshUntilResultsChange(t *testing.T) {
	s := newStore(t)
	o := Options{Margin: DefaultMargin}
	fresh := func(what string, want bool) {
		t.Helper()
		got, err := s.FreshComparisons(t.Context(), "s", o.Margin)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: fresh is %v", what, got)
		}
	}
	for seed := range uint64(2) {
		record(t, s, "a", seed, guesses(50, 0.5, seed))
		record(t, s, "b", seed, guesses(50, 0.6, seed))
	}
	fresh("nothing recorded", false)
	if err := Record(t.Context(), s, "s", o); err != nil {
		t.Fatal(err)
	}
	fresh("recorded", true)
	record(t, s, "a", 2, guesses(50, 0.5, 2))
	fresh("another run", false)
	if err := Record(t.Context(), s, "s", o); err != nil {
		t.Fatal(err)
	}
	fresh("recorded again", true)
	o.Margin = 0.01
	fresh("another margin", false)
}

func TestARaceIsJudgedByAnytimeTests(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(5) {
		record(t, s, "a", seed, guesses(300, 0.8, seed))
		record(t, s, "b", seed, guesses(300, 0.5, seed))
	}
	fixed := one(t, s, Options{})
	if err := s.StartRace(t.Context(), "s", store.Race{Margin: 0.01, MaxSeeds: 10}); err != nil {
		t.Fatal(err)
	}
	if p := one(t, s, Options{}); p.Test != Anytime || p.P <= fixed.P || p.HalfWidth() <= fixed.HalfWidth() {
		t.Errorf("raced: p %v, half width %v; fixed: %v, %v", p.P, p.HalfWidth(), fixed.P, fixed.HalfWidth())
	}
	race, found, err := s.Race(t.Context(), "s")
	if err != nil || !found || fmt.Sprint(race) != "{0.01 10}" {
		t.Errorf("race %v, %v, %v", race, found, err)
	}
}

func TestWhatSeedsCannotDecideLeavesTheRace(t *testing.T) {
	s := newStore(t)
	if err := s.StartRace(t.Context(), "s", store.Race{Margin: 0.01, MaxSeeds: 30}); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(8) { // the methods differ on other samples, and on the same with every seed
		a, b := guesses(100, 0.5, 1), guesses(100, 0.5, 2)
		a[seed], b[2*seed] = !a[seed], !b[2*seed]
		record(t, s, "a", seed, a)
		record(t, s, "b", seed, b)
	}
	p := one(t, s, Options{Margin: 0.01})
	standing := Stand([]Pair{p})
	if len(standing.OutOfReach) != 1 || len(standing.Open) != 0 {
		t.Errorf("standing %+v of %+v", standing, p)
	}
	if p.SeedsNeeded != 0 || p.SamplesNeeded <= 100 {
		t.Errorf("%d seeds or %d test samples are said to be needed", p.SeedsNeeded, p.SamplesNeeded)
	}
}

func TestOneProtocolDecidesARace(t *testing.T) {
	pairs := []Pair{{Table: Table{Kind: "linear", Protocol: "linear"}}, {Table: Table{Kind: "knn", Protocol: "knn k=1"}},
		{Table: Table{Kind: "knn", Protocol: "knn k=20"}}}
	for kind, want := range map[string]string{"": "knn k=1", "knn": "knn k=1", "linear": "linear"} {
		if got, err := OfKind(pairs, kind); err != nil || len(got) != 1 || got[0].Protocol != want {
			t.Errorf("by %q: %v, %v; want %s", kind, got, err, want)
		}
	}
	if _, err := OfKind(pairs, "lnear"); err == nil || !strings.Contains(err.Error(), "there are: [linear knn]") {
		t.Errorf("an unknown kind: %v", err)
	}
}

func TestNothingIsTestedBetweenBackends(t *testing.T) {
	s := newStore(t)
	for _, seed := range []uint64{1, 2, 3} {
		record(t, s, "moco", seed, guesses(200, 0.9, seed))
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "s", Method: "moco", Backbone: "resnet8", Dataset: "shapes",
			Seed: seed, Config: []byte("{}"), ConfigHash: "hash-on-xla", Backend: "xla:cpu"})
		if err == nil {
			err = w.AddEvaluations(t.Context(), 10, knn, map[string]float64{"top1": 0.2})
		}
		if err == nil {
			err = w.Finish(t.Context(), store.Finished, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pair := one(t, s, Options{Margin: 0.01})
	if pair.Test != None || pair.Verdict != Undecided || !math.IsNaN(pair.P) ||
		!strings.Contains(pair.Note, "different backends (kontrast and xla:cpu)") {
		t.Errorf("test %s, verdict %s, p %v, note %q; want no test, and why", pair.Test, pair.Verdict, pair.P, pair.Note)
	}
}
