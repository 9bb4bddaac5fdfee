package report

import (
	"math"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/compare"
)

// Variances is the table of where the variance of scores comes from. For people
// the parts are in percent of the whole, raw ones are variances for programs.
func Variances(variances []compare.Variance, raw bool) Table {
	t := Table{Columns: []string{"backbone", "method", "kind", "metric", "runs", "mean", "std"}}
	t.Columns = append(append(t.Columns, compare.Factors...), "together", "test samples")
	if raw {
		t.Columns = append(
			[]string{"study", "dataset"}, append(t.Columns[:len(t.Columns)-1], "test_samples", "note", "protocol")...,
		)
	}
	var notes []string
	unknown := false
	for _, v := range variances {
		whole := v.Total
		if !math.IsNaN(v.Samples) {
			whole += v.Samples
		}
		parts := append(slices.Clone(v.Factors), v.Together, v.Samples)
		if len(v.Factors) == 0 {
			nan := math.NaN()
			parts = []float64{nan, nan, nan, nan, v.Samples}
		}
		cells := []any{v.Backbone, v.Method, v.Kind, v.Metric, v.Runs}
		if raw {
			cells = append([]any{v.Study, v.Dataset}, append(cells, v.Mean, math.Sqrt(whole))...)
			for _, part := range parts {
				cells = append(cells, part)
			}
			t.Rows = append(t.Rows, append(cells, v.Note, v.Protocol))
			continue
		}
		percent := v.Unit == "fraction"
		cells = append(
			cells, Estimate{v.Mean, math.NaN(), percent, false}, Estimate{math.Sqrt(whole), math.NaN(), percent, false},
		)
		for _, part := range parts {
			unknown = unknown || math.IsNaN(part)
			cells = append(cells, share(part, whole))
		}
		t.Rows = append(t.Rows, cells)
		if v.Note != "" && !slices.Contains(notes, v.Method+": "+v.Note) {
			notes = append(notes, v.Method+": "+v.Note)
		}
	}
	t.Notes = append(t.Notes, "std: standard deviation of the score of a run with all seeds and the test samples drawn "+
		"again; then how much of its square each makes, in %",
		"together: what seeds make only in combination")
	if unknown {
		t.Notes = append(
			t.Notes, "–: did not vary, or not apart from the others; vary it, as in --set 'grid.seeds.order=[1,2,3]'",
		)
	}
	t.Notes = append(t.Notes, notes...)
	return t
}

// share is a part in percent of the whole.
func share(part, whole float64) any {
	if math.IsNaN(part) || whole <= 0 {
		return math.NaN()
	}
	return strconv.FormatFloat(100*part/whole, 'f', 0, 64)
}
