package gallery

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// matrix is the multiple-comparison matrix: every method against every other.
func matrix(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, rows, err := r.oneBackbone(ctx, s)
	if err != nil {
		return nil, err
	}
	m := figure.Matrix{Title: fmt.Sprintf("%s: %s by %s evaluation, row minus column", c.Study, axis(c), kindOf(c)),
		Legend: "filled: the row is better (blue) or worse (orange) at the 5 % level, after Holm's correction"}
	for _, row := range rows {
		m.Names = append(m.Names, label(c, row))
		var cells []figure.Cell
		for _, column := range rows {
			cell := figure.Cell{Value: math.NaN()}
			if pair, found := pairOf(c, row, column); found {
				cell.Value = scale(c, pair.Estimate.Mean)
				switch pair.Verdict {
				case compare.Better:
					cell.Decided = 1
				case compare.Worse:
					cell.Decided = -1
				}
			}
			cells = append(cells, cell)
		}
		m.Cells = append(m.Cells, cells)
	}
	f, err := figure.Comparisons(m, r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe(c.Statement()), nil
}

// criticalDifference is the diagram of ranks, with lines that join the methods
// which the verdicts don't tell apart (Demšar 2006; Holm's correction in the
// place of Nemenyi's critical difference, as Benavoli et al. 2016 advise).
func criticalDifference(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, rows, err := r.oneBackbone(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("a diagram of ranks needs two methods with scores")
	}
	ranked, err := rankedBySeed(ctx, s, c, rows)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(ranked, func(a, b rankedRow) int {
		switch {
		case a.rank < b.rank:
			return -1
		case a.rank > b.rank:
			return 1
		}
		return 0
	})
	d := figure.Ranks{Title: fmt.Sprintf("%s: mean rank over seeds by %s %s", c.Study, kindOf(c), c.Metric)}
	for _, one := range ranked {
		d.Rows = append(d.Rows, figure.Ranked{Label: label(c, one.row), Method: one.row.Method, Rank: one.rank})
	}
	d.Together = cliques(len(ranked), func(i, j int) bool {
		pair, found := pairOf(c, ranked[i].row, ranked[j].row)
		return found && pair.Decided()
	})
	f, err := figure.RankDiagram(d, r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe("mean rank over the seeds, 1 is best; a line joins methods of which no two are told apart at the " +
		"5 % level after Holm's correction; " + c.Statement()), nil
}

type rankedRow struct {
	row  report.Row
	rank float64
}

// rankedBySeed ranks the rows for each seed that all have, and averages.
func rankedBySeed(ctx context.Context, s *store.Store, c report.Comparison, rows []report.Row) ([]rankedRow, error) {
	scores, err := s.Scores(ctx, store.Filter{Study: c.Study, Dataset: c.Dataset, Protocol: c.Protocol, Metric: c.Metric})
	if err != nil {
		return nil, err
	}
	values := map[uint64][]float64{}
	for _, score := range scores {
		at := slices.IndexFunc(rows, func(row report.Row) bool {
			return row.Method == score.Method && row.ConfigHash == score.ConfigHash && row.Backbone == score.Backbone
		})
		if at < 0 {
			continue
		}
		if values[score.Seed] == nil {
			values[score.Seed] = slices.Repeat([]float64{math.NaN()}, len(rows))
		}
		values[score.Seed][at] = score.Value
		if c.LowerIsBetter {
			values[score.Seed][at] = -score.Value
		}
	}
	sums, n := make([]float64, len(rows)), 0.0
	for _, of := range values {
		if slices.ContainsFunc(of, math.IsNaN) {
			continue
		}
		n++
		for i, rank := range stats.Ranks(of) {
			sums[i] += rank
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("no seed has scores of all methods of study %q; choose some with --methods", c.Study)
	}
	var ranked []rankedRow
	for i, row := range rows {
		ranked = append(ranked, rankedRow{row, sums[i] / n})
	}
	return ranked, nil
}

// cliques returns the longest stretches of neighbors of which no two differ.
func cliques(n int, differ func(i, j int) bool) [][2]int {
	var all [][2]int
	for from := range n {
		to := from
		for to+1 < n && !slices.ContainsFunc(span(from, to), func(i int) bool { return differ(i, to+1) }) {
			to++
		}
		if to > from && (len(all) == 0 || all[len(all)-1][1] < to) {
			all = append(all, [2]int{from, to})
		}
	}
	return all
}

func span(from, to int) []int {
	var all []int
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

// oneBackbone returns the comparison with its rows, which must be of one backbone.
func (r Request) oneBackbone(ctx context.Context, s *store.Store) (report.Comparison, []report.Row, error) {
	c, err := r.comparison(ctx, s, firstOf(r.Baseline, baseline.Untrained))
	if err != nil {
		return c, nil, err
	}
	var known []string
	for _, row := range c.Rows {
		if !slices.Contains(known, row.Backbone) {
			known = append(known, row.Backbone)
		}
	}
	if len(known) > 1 {
		return c, nil, fmt.Errorf("there are scores of several backbones; choose one with --backbone: %q", known)
	}
	return c, c.Rows, nil
}

// pairOf returns the comparison of two rows, the first of them first.
func pairOf(c report.Comparison, a, b report.Row) (compare.Pair, bool) {
	first, second := compare.Setting{Method: a.Method, ConfigHash: a.ConfigHash},
		compare.Setting{Method: b.Method, ConfigHash: b.ConfigHash}
	for _, pair := range c.Pairs {
		if pair.Backbone == a.Backbone && pair.Of(first, second) && first != second {
			if pair.First != first {
				pair = pair.Turned()
			}
			return pair, true
		}
	}
	return compare.Pair{}, false
}
