package store

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestQuantilesOfStudentsT(t *testing.T) {
	rows, err := Query(t.Context(), newStore(t).Path(), "SELECT df, t FROM t_quantiles ORDER BY df", Limits{})
	check(t, err)
	if len(rows.Values) != 100 {
		t.Fatalf("%d rows, want 100", len(rows.Values))
	}
	for i, row := range rows.Values {
		want := distuv.StudentsT{Sigma: 1, Nu: float64(i + 1)}.Quantile(0.975)
		if got := row[1].(float64); row[0] != int64(i+1) || math.Abs(got-want) > 1e-10*want {
			t.Errorf("%v degrees of freedom: %v, want %v", row[0], got, want)
		}
	}
}

func TestSummaryOfTheDatabaseIsThatOfStats(t *testing.T) {
	s := newStore(t)
	values := []float64{0.5123, 0.4987, 0.5301, 0.5055, 0.4999}
	for seed, value := range values {
		scored(t, s, info("simclr", "resnet8", uint64(seed)), knn, "top1", value)
	}
	got, err := s.Summaries(t.Context(), Filter{})
	check(t, err)
	want, err := stats.Summarize(values, 0.95)
	check(t, err)
	for name, pair := range map[string][2]float64{
		"mean": {got[0].Mean, want.Mean}, "std": {got[0].Std, want.Std}, "half width": {got[0].HalfWidth, want.HalfWidth},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-10 {
			t.Errorf("%s is %v in the database and %v in stats", name, pair[0], pair[1])
		}
	}
}
