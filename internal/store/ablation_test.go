package store

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var smallAblation = Ablation{
	Study: "s", First: "mocov1", Second: "mocov2",
	Factors: []AblationFactor{
		{Name: "head", First: "linear", Second: "MLP", Settings: []string{"method.positives"}},
		{Name: "negatives + loss", First: "a", Second: "b",
			Settings: []string{"method.negatives", "method.loss"}, Why: "they go together"},
	},
	Corners: []AblationCorner{{0, "mocov1", "h0", ""}, {1, "with the head", "h1", ""},
		{2, "with the loss", "", "it does not fit"}, {3, "mocov2", "h3", ""}},
	Orders:    [][]int{{0, 1}},
	AllOrders: 1,
}

func smallAttributions() []AttributionRow {
	none := math.NaN()
	row := func(factor, other string, value float64) AttributionRow {
		return AttributionRow{Protocol: knn.String(), Metric: "top1",
			Factor: factor, Other: other, Value: value, Lower: value - 0.1, Upper: none,
			P: 0.2, PHolm: none, Added: 0.5, Taken: none, N: 3, Corners: 3, Orders: 1}
	}
	return []AttributionRow{
		row("", "", 0.3), row("head", "", 0.1), row("negatives + loss", "", 0.2), row("head", "negatives + loss", 0.05),
	}
}

func TestAnAblationIsKeptWhole(t *testing.T) {
	s := comparison(t)
	if _, found, err := s.Ablation(t.Context(), "s"); err != nil || found {
		t.Fatalf("found %v, error %v; want none", found, err)
	}
	check(t, s.SetAblation(t.Context(), smallAblation))
	got, found, err := s.Ablation(t.Context(), "s")
	check(t, err)
	if diff := cmp.Diff(smallAblation, got); diff != "" || !found {
		t.Errorf("found %v (-want +got)\n%s", found, diff)
	}
	full := smallAblation
	full.Orders, full.Factors = nil, full.Factors[:1]
	check(t, s.SetAblation(t.Context(), full)) // in place of the other
	got, _, err = s.Ablation(t.Context(), "s")
	check(t, err)
	if diff := cmp.Diff(full, got); diff != "" {
		t.Errorf("the second (-want +got)\n%s", diff)
	}
}

func TestContributionsAreStaleWhenResultsChange(t *testing.T) {
	s := comparison(t)
	check(t, s.SetAblation(t.Context(), smallAblation))
	check(t, s.SetAttributions(t.Context(), "s", smallAttributions()))
	want := "<nil>||0.3\n0|head|0.1\n1|negatives + loss|0.2"
	if got := text(t, s, "SELECT position, factor, value FROM contributions WHERE study = 's' ORDER BY "+
		"position"); got != want {
		t.Errorf("contributions\n%s\nwant\n%s", got, want)
	}
	if got := text(t, s, "SELECT factor, other, value, lower, upper FROM interactions"); got != "head|negatives + "+
		"loss|0.05|-0.05|<nil>" {
		t.Errorf("interactions %s", got)
	}
	for _, change := range []struct {
		what string
		do   func()
	}{
		{"a run more", func() { scored(t, s, info("simclr", "resnet20", 9), knn, "top1", 0.5) }},
		{"a run deleted", func() {
			_, err := s.db.Exec("DELETE FROM runs WHERE seed = 9")
			check(t, err)
		}},
	} {
		check(t, s.SetAttributions(t.Context(), "s", smallAttributions()))
		if fresh, err := s.FreshAttributions(t.Context(), "s"); err != nil || !fresh {
			t.Errorf("recorded: fresh is %v, error %v", fresh, err)
		}
		change.do()
		if fresh, err := s.FreshAttributions(t.Context(), "s"); err != nil || fresh {
			t.Errorf("%s: fresh is %v, error %v", change.what, fresh, err)
		}
	}
}
