package compare

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// ablation records an ablation of factors a, b, c … and the scores of its corners.
func ablation(
	t *testing.T, s *store.Store, factors, seeds int, score func(corner int, seed uint64) float64,
) store.Ablation {
	t.Helper()
	plan := store.Ablation{Study: "s", First: "old", Second: "new", AllOrders: 1}
	for f := range factors {
		plan.AllOrders *= float64(f + 1)
		plan.Factors = append(
			plan.Factors, store.AblationFactor{Name: string(rune('a' + f)), First: "0", Second: "1", Settings: []string{"x"}},
		)
	}
	for corner := range 1 << factors {
		method := fmt.Sprintf("m%d", corner)
		plan.Corners = append(plan.Corners, store.AblationCorner{Number: corner, Label: method, ConfigHash: "hash-" + method})
		for seed := range uint64(seeds) {
			if value := score(corner, seed); !math.IsNaN(value) {
				add(t, s, method, seed, "top1", value, nil)
			}
		}
	}
	if err := s.SetAblation(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

func attribution(t *testing.T, s *store.Store) Attribution {
	t.Helper()
	all, err := Attributions(t.Context(), s, store.Filter{Study: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d attributions, want 1", len(all))
	}
	return all[0]
}

// Scores of factors that add up: a gives 0.2, b takes 0.05, c does nothing, and
// seeds differ.
func additive(corner int, seed uint64) float64 {
	return 0.3 + 0.2*float64(corner&1) - 0.05*float64(corner>>1&1) + 0.01*float64(seed)
}

func TestFactorsThatAddUp(t *testing.T) {
	s := newStore(t)
	ablation(t, s, 3, 3, additive)
	a := attribution(t, s)
	for f, want := range []float64{0.2, -0.05, 0} {
		share := a.Factors[f]
		golden.Number(t, "share of "+share.Name, share.Estimate.Mean, want, 1e-12)
		golden.Number(t, share.Name+" changed first", share.Added, want, 1e-12)
		golden.Number(t, share.Name+" changed last", share.Taken, want, 1e-12)
	}
	golden.Number(t, "the difference", a.Total.Estimate.Mean, 0.15, 1e-12)
	golden.Number(t, "the first mean", a.FirstMean, 0.31, 1e-12)
	golden.Number(t, "the second mean", a.SecondMean, 0.46, 1e-12)
	for _, pair := range a.Interactions {
		golden.Number(t, "interaction of "+pair.Name+" and "+pair.Other, pair.Estimate.Mean, 0, 1e-12)
	}
	if a.Corners != 8 || a.Orders != 6 || len(a.Seeds) != 3 || len(a.Interactions) != 3 ||
		len(a.Left)+len(a.Waiting) != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestAnInteractionIsNamed(t *testing.T) {
	s := newStore(t)
	ablation(t, s, 2, 4, func(corner int, seed uint64) float64 {
		both := 0.0
		if corner == 3 {
			both = 0.1 + 0.001*float64(seed)
		}
		return 0.3 + both
	})
	a := attribution(t, s)
	golden.Number(t, "share of a", a.Factors[0].Estimate.Mean, (0.1+0.0015)/2, 1e-12)
	golden.Number(t, "interaction", a.Interactions[0].Estimate.Mean, 0.1015, 1e-12)
	if !a.Interactions[0].Decided() || a.Factors[0].Added != 0 {
		t.Errorf("interaction %+v, a changed first %v", a.Interactions[0], a.Factors[0].Added)
	}
}

// Corner 1 never ran, corner 4 has one seed fewer.
func TestCornersWithoutScoresAreLeftOut(t *testing.T) {
	s := newStore(t)
	ablation(t, s, 3, 3, func(corner int, seed uint64) float64 {
		if corner == 1 || corner == 4 && seed == 2 {
			return math.NaN()
		}
		return additive(corner, seed)
	})
	a := attribution(t, s)
	if a.Orders != 4 || a.Corners != 7 || fmt.Sprint(a.Seeds, a.Waiting) != "[0 1] [2]" {
		t.Errorf("%v orders, %d corners, seeds %v, waiting %v", a.Orders, a.Corners, a.Seeds, a.Waiting)
	}
	if len(a.Left) != 1 || a.Left[0].Label != "m1" || !strings.Contains(a.Left[0].Why, "no finished run") {
		t.Errorf("left out: %v", a.Left)
	}
	golden.Number(t, "share of a", a.Factors[0].Estimate.Mean, 0.2, 1e-12)
	if !math.IsNaN(a.Factors[0].Added) || math.IsNaN(a.Factors[0].Taken) {
		t.Errorf("a changed first %v, last %v", a.Factors[0].Added, a.Factors[0].Taken)
	}
}

func TestDrawnOrders(t *testing.T) {
	s := newStore(t)
	plan := ablation(t, s, 3, 2, func(corner int, seed uint64) float64 {
		if corner == 2 || corner == 5 {
			return math.NaN()
		}
		return additive(corner, seed)
	})
	plan.Orders = [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} // the last one through corner 2
	plan.Corners[2].ConfigHash, plan.Corners[5].ConfigHash = "", ""
	if err := s.SetAblation(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	a := attribution(t, s)
	if !a.Sampled || a.Orders != 2 || a.AllOrders != 6 || a.Corners != 6 || len(a.Interactions) != 0 {
		t.Errorf("got %+v", a)
	}
	golden.Number(t, "share of b", a.Factors[1].Estimate.Mean, -0.05, 1e-12)
	if rows := a.Rows(); !strings.Contains(rows[1].Note, "2 of 6 orders") || rows[0].Factor != "" {
		t.Errorf("rows %+v", rows)
	}
}

func TestNothingToShareOutYet(t *testing.T) {
	s := newStore(t)
	ablation(t, s, 2, 2, func(corner int, seed uint64) float64 {
		if corner == 1 || corner == 2 {
			return math.NaN()
		}
		return 0.5
	})
	if all, err := Attributions(t.Context(), s, store.Filter{Study: "s"}); err != nil || len(all) != 0 {
		t.Errorf("%v, error %v; want none", all, err)
	}
	if err := RecordAttributions(t.Context(), s, "s"); err != nil {
		t.Error(err)
	}
	if all, err := Attributions(t.Context(), s, store.Filter{Study: "no ablation"}); err != nil || len(all) != 0 {
		t.Errorf("%v, error %v; want none", all, err)
	}
}

func TestRecordedAttributionsAreFreshUntilResultsChange(t *testing.T) {
	s := newStore(t)
	ablation(t, s, 2, 2, additive)
	fresh := func(what string, want bool) {
		t.Helper()
		if got, err := s.FreshAttributions(t.Context(), "s"); err != nil || got != want {
			t.Errorf("%s: fresh is %v, error %v", what, got, err)
		}
	}
	fresh("nothing recorded", false)
	for range 2 {
		if err := RecordAttributions(t.Context(), s, "s"); err != nil {
			t.Fatal(err)
		}
		fresh("recorded", true)
	}
	add(t, s, "m0", 5, "top1", 0.4, nil)
	fresh("another run", false)
}
