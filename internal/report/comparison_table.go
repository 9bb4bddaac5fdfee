package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/compare"
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
	return fmt.Sprintf("%s%s (%s is better) on %s by the protocol: %s; mean ± half-width of the 95 %% interval over "+
		"seeds (Student's t)",
		c.Metric, unit, better, c.Dataset, c.Protocol)
}

// Table is the comparison for people.
func (c Comparison) Table() Table {
	metric := c.Metric
	if c.Percent {
		metric += " %"
	}
	t := Table{Columns: []string{"backbone", "method", metric, "seeds", "over baseline", "behind best", "told apart"},
		Notes: []string{c.Statement()}}
	single := false
	for _, row := range c.Rows {
		single = single || row.N == 1
		method := c.label(row)
		if row.Baseline {
			method += " (baseline)"
		}
		t.Rows = append(t.Rows, []any{row.Backbone, method, Estimate{row.Mean, row.HalfWidth, c.Percent, false}, row.N,
			c.difference(row.OverBaseline), c.difference(row.BehindBest), row.Letters})
	}
	t.Notes = append(t.Notes, c.difference95())
	t.Notes = append(
		t.Notes, "told apart: rows that share a letter are not told apart at the 5 % level after Holm's correction",
	)
	if single {
		t.Notes = append(t.Notes, "a single seed has no interval: run more seeds before you trust a difference")
	}
	return t
}

// label is the row's method, with what tells its setting from others.
func (c Comparison) label(row Row) string {
	switch {
	case row.Setting != "":
		return row.Method + " " + row.Setting
	case c.severalSettings(row): // that differ in no value, such as one that is new
		return row.Method + " #" + row.ConfigHash[:min(6, len(row.ConfigHash))]
	}
	return row.Method
}

// severalSettings says whether the row's method has other rows on its backbone.
func (c Comparison) severalSettings(row Row) bool {
	return slices.ContainsFunc(c.Rows, func(r Row) bool {
		return r.Backbone == row.Backbone && r.Method == row.Method && r.ConfigHash != row.ConfigHash
	})
}

func (c Comparison) difference(p *compare.Pair) any {
	if p == nil {
		return ""
	}
	return Estimate{p.Estimate.Mean, p.HalfWidth(), c.Percent, true}
}

// difference95 says what the intervals of differences are for.
func (c Comparison) difference95() string {
	note := "over baseline, behind best: mean difference over the seeds that both have, with its own interval (paired)"
	if slices.ContainsFunc(c.Pairs, func(p compare.Pair) bool { return p.Estimate.Samples > 0 }) {
		note += ", for new seeds and new test samples"
	}
	return note
}

// Data is the comparisons for programs: one exact row a method, backbone and
// comparison. A p is for no difference, a p_holm that after Holm's correction
// over all pairs of the table.
func Data(comparisons []Comparison) Table {
	t := Table{Columns: []string{"study", "dataset", "protocol", "metric", "backbone", "method", "setting",
		"config_hash", "baseline",
		"rank", "n", "mean", "std", "half_width", "worst", "best",
		"over_baseline", "over_baseline_half_width", "over_baseline_p", "over_baseline_p_holm",
		"behind_best", "behind_best_half_width", "behind_best_p", "behind_best_p_holm", "letters"}}
	for _, c := range comparisons {
		for _, row := range c.Rows {
			cells := []any{c.Study, c.Dataset, c.Protocol, c.Metric, row.Backbone, row.Method, row.Setting,
				row.ConfigHash, row.Baseline,
				row.Rank, row.N, row.Mean, row.Std, row.HalfWidth, row.Worst, row.Best}
			cells = append(cells, pairedCells(row.OverBaseline)...)
			cells = append(cells, pairedCells(row.BehindBest)...)
			t.Rows = append(t.Rows, append(cells, row.Letters))
		}
	}
	return t
}

func pairedCells(p *compare.Pair) []any {
	if p == nil {
		return []any{nil, nil, nil, nil}
	}
	return []any{p.Estimate.Mean, p.HalfWidth(), p.P, p.Holm}
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
