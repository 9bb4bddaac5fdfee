package report

import (
	"context"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Comparison sets the methods of one study, data set, evaluation protocol and
// metric side by side.
type Comparison struct {
	Study, Dataset, Protocol, Metric string
	Percent                          bool // the metric is a fraction and is printed in percent
	LowerIsBetter                    bool
	Rows                             []Row // by backbone, the best mean first, baselines last
	// Pairs compares all rows of the same backbone with each other, or all with Against.
	Pairs   []compare.Pair
	Against string // the method that all are compared with; empty for all with each other
}

// Row is one method on one backbone over its seeds.
type Row struct {
	store.Summary
	Baseline bool // it trains nothing, or is what the others are compared with
	against  bool // what the others are compared with
	// Setting says by which values the row's configuration differs from those
	// of the same method on the same backbone; empty if there are no others.
	Setting string
	// OverBaseline and BehindBest compare this row, seed by seed, with the
	// baseline and with the best method of the same backbone; nil where there
	// is no such row, or no seed in common, or it is this one.
	OverBaseline, BehindBest *compare.Pair
	// Letters tell rows of the same backbone apart: those that share a letter are
	// not told apart after Holm's correction.
	Letters string
}

// Compare reads the comparisons that the filter selects from the finished
// runs. Rows of the options' baseline stand apart. Where the options have one method
// that all are compared with, letters say nothing.
func Compare(
	ctx context.Context, s *store.Store, f store.Filter, o compare.Options,
) ([]Comparison, error) {
	summaries, err := s.Summaries(ctx, f)
	if err != nil {
		return nil, err
	}
	scores, err := s.Scores(ctx, f)
	if err != nil {
		return nil, err
	}
	pairs, err := compare.Study(ctx, s, f, o)
	if err != nil {
		return nil, err
	}
	runs := map[setting]int64{}
	for _, score := range scores {
		runs[setting{
			score.Study, score.Dataset, score.Backbone, score.Method, score.ConfigHash, score.Protocol, score.Metric,
		}] = score.Run
	}
	var all []Comparison
	for _, summary := range summaries {
		at := slices.IndexFunc(all, func(c Comparison) bool { return c.holds(summary) })
		if at < 0 {
			at = len(all)
			all = append(all, Comparison{Study: summary.Study, Dataset: summary.Dataset, Protocol: summary.Protocol,
				Metric: summary.Metric, Against: o.Against,
				Percent: summary.Unit == "fraction", LowerIsBetter: summary.LowerIsBetter})
		}
		all[at].Rows = append(all[at].Rows, Row{Summary: summary, Baseline: summary.Method == o.Baseline ||
			baseline.Is(summary.Method), against: summary.Method == o.Baseline})
	}
	for i := range all {
		c := &all[i]
		slices.SortStableFunc(c.Rows, byBackboneAndRank)
		for _, pair := range pairs {
			if pair.Study == c.Study && pair.Dataset == c.Dataset && pair.Protocol == c.Protocol && pair.Metric == c.Metric {
				c.Pairs = append(c.Pairs, pair)
			}
		}
		c.mark()
		if err := c.nameSettings(ctx, s, runs); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// setting is what seeds are repetitions of.
type setting struct{ study, dataset, backbone, method, configHash, protocol, metric string }

func settingOf(s store.Summary) setting {
	return setting{s.Study, s.Dataset, s.Backbone, s.Method, s.ConfigHash, s.Protocol, s.Metric}
}

func (c Comparison) holds(s store.Summary) bool {
	return c.Study == s.Study && c.Dataset == s.Dataset && c.Protocol == s.Protocol && c.Metric == s.Metric
}

func byBackboneAndRank(a, b Row) int {
	switch {
	case a.Backbone != b.Backbone:
		return strings.Compare(a.Backbone, b.Backbone)
	case a.Baseline != b.Baseline && b.Baseline:
		return -1
	case a.Baseline != b.Baseline:
		return 1
	}
	return a.Rank - b.Rank
}

// mark fills in what the pairs say of the rows.
func (c Comparison) mark() {
	for i := range c.Rows {
		row := &c.Rows[i]
		best := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Backbone == row.Backbone && !r.Baseline })
		against := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Backbone == row.Backbone && r.against })
		if row.against {
			continue
		}
		row.BehindBest, row.OverBaseline = c.pair(i, best), c.pair(i, against)
	}
	for from := 0; from < len(c.Rows); {
		to := from
		for to < len(c.Rows) && c.Rows[to].Backbone == c.Rows[from].Backbone {
			to++
		}
		letters := stats.Letters(to-from, func(i, j int) bool {
			pair := c.pair(from+i, from+j)
			return pair != nil && pair.Decided()
		})
		for i, letter := range letters {
			c.Rows[from+i].Letters = letter
		}
		from = to
	}
}

// pair compares one row with another; nil where nothing does.
func (c Comparison) pair(i, j int) *compare.Pair {
	if i < 0 || j < 0 || i == j {
		return nil
	}
	first, second := settingIn(c.Rows[i]), settingIn(c.Rows[j])
	for _, pair := range c.Pairs {
		if pair.Backbone != c.Rows[i].Backbone || !pair.Of(first, second) || pair.Estimate.Seeds == 0 {
			continue
		}
		if pair.First != first {
			pair = pair.Turned()
		}
		return &pair
	}
	return nil
}

func settingIn(r Row) compare.Setting {
	return compare.Setting{Method: r.Method, ConfigHash: r.ConfigHash}
}
