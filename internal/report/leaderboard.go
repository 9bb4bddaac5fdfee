package report

import (
	"math"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Leaderboard is the table of a leaderboard. For people the values are in
// percent where they are fractions; raw ones are for programs.
func Leaderboard(leaders []store.Leader, raw bool) Table {
	t := Table{
		Columns: []string{"rank", "method", "backbone", "dataset", "metric", "value", "runs", "run", "seed", "protocol"},
	}
	for _, l := range leaders {
		var value any = l.Value
		if !raw {
			value = Estimate{l.Value, math.NaN(), l.Unit == "fraction", false}
		}
		t.Rows = append(
			t.Rows, []any{l.Rank, l.Method, l.Backbone, l.Dataset, l.Metric, value, l.Runs, l.Name, l.Seed, l.Protocol},
		)
	}
	t.Notes = []string{"the best of several runs flatters: the fair comparison is the mean over seeds (view seed_summary)"}
	return t
}
