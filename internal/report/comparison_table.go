package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/stats"
)

// Statement says in one line what the numbers of the comparison mean.
func (c Comparison) Statement() string {
	unit := ""
	if c.Percent {
		unit = " in %"
	}
	better := "higher"
	if c.LowerIsBetter {
		better = "lower"
	}
	return fmt.Sprintf("%s%s (%s is better) on %s by the protocol: %s; mean ± half-width of the 95 %% interval over seeds (Student's t)",
		c.Metric, unit, better, c.Dataset, c.Protocol)
}

// Table is the comparison for people.
func (c Comparison) Table() Table {
	metric := c.Metric
	if c.Percent {
		metric += " %"
	}
	t := Table{Columns: []string{"backbone", "method", metric, "seeds", "over baseline", "behind best"}, Notes: []string{c.Statement()}}
	single := false
	for _, row := range c.Rows {
		single = single || row.N == 1
		method := row.Method
		switch {
		case row.Setting != "":
			method += " " + row.Setting
		case c.severalSettings(row): // that differ in no value, such as one that is new
			method += " #" + row.ConfigHash[:min(6, len(row.ConfigHash))]
		}
		if row.Baseline {
			method += " (baseline)"
		}
		t.Rows = append(t.Rows, []any{row.Backbone, method, Estimate{row.Mean, row.HalfWidth, c.Percent, false}, row.N,
			c.difference(row.OverBaseline), c.difference(row.BehindBest)})
	}
	t.Notes = append(t.Notes, "over baseline, behind best: mean difference over the seeds that both have, with its own interval (paired)")
	if single {
		t.Notes = append(t.Notes, "a single seed has no interval: run more seeds before you trust a difference")
	}
	return t
}

// severalSettings says whether the row's method has other rows on its backbone.
func (c Comparison) severalSettings(row Row) bool {
	return slices.ContainsFunc(c.Rows, func(r Row) bool {
		return r.Backbone == row.Backbone && r.Method == row.Method && r.ConfigHash != row.ConfigHash
	})
}

func (c Comparison) difference(p *stats.Paired) any {
	if p == nil {
		return ""
	}
	return Estimate{p.Difference.Mean, p.Difference.HalfWidth, c.Percent, true}
}

// Data is the comparisons for programs: one exact row a method, backbone and
// comparison. A p is that of the paired t-test, a sign_p that of the sign test.
func Data(comparisons []Comparison) Table {
	t := Table{Columns: []string{"study", "dataset", "protocol", "metric", "backbone", "method", "setting", "config_hash", "baseline",
		"rank", "n", "mean", "std", "half_width", "worst", "best",
		"over_baseline", "over_baseline_half_width", "over_baseline_p", "over_baseline_sign_p",
		"behind_best", "behind_best_half_width", "behind_best_p", "behind_best_sign_p"}}
	for _, c := range comparisons {
		for _, row := range c.Rows {
			cells := []any{c.Study, c.Dataset, c.Protocol, c.Metric, row.Backbone, row.Method, row.Setting, row.ConfigHash, row.Baseline,
				row.Rank, row.N, row.Mean, row.Std, row.HalfWidth, row.Worst, row.Best}
			cells = append(cells, pairedCells(row.OverBaseline)...)
			t.Rows = append(t.Rows, append(cells, pairedCells(row.BehindBest)...))
		}
	}
	return t
}

func pairedCells(p *stats.Paired) []any {
	if p == nil {
		return []any{nil, nil, nil, nil}
	}
	return []any{p.Difference.Mean, p.Difference.HalfWidth, p.P, p.SignP}
}

// WriteComparisons writes comparisons: in Text a table each with the statement
// of its protocol, otherwise Data.
func WriteComparisons(w io.Writer, comparisons []Comparison, f Format) error {
	if f != Text {
		return Write(w, Data(comparisons), f)
	}
	for i, c := range comparisons {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := Write(w, c.Table(), Text); err != nil {
			return err
		}
	}
	return nil
}
