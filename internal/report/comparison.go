package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Confidence of all intervals; the database's views compute this one only.
const confidence = 0.95

// Comparison sets the methods of one study, data set, evaluation protocol and
// metric side by side.
type Comparison struct {
	Study, Dataset, Protocol, Metric string
	Percent                          bool // the metric is a fraction and is printed in percent
	LowerIsBetter                    bool
	Rows                             []Row // by backbone, the best mean first, the baseline last
}

// Row is one method on one backbone over its seeds.
type Row struct {
	store.Summary
	Baseline bool
	// Setting says by which values the row's configuration differs from those
	// of the same method on the same backbone; empty if there are no others.
	Setting string
	// OverBaseline and BehindBest compare this row, seed by seed, with the
	// baseline and with the best method of the same backbone; nil where there
	// is no such row, or no seed in common, or it is this one.
	OverBaseline, BehindBest *stats.Paired
}

// Compare reads the comparisons that the filter selects from the finished
// runs. The baseline is the name of a method, such as "untrained", that the
// others are compared with; empty for none.
func Compare(ctx context.Context, s *store.Store, f store.Filter, baseline string) ([]Comparison, error) {
	summaries, err := s.Summaries(ctx, f)
	if err != nil {
		return nil, err
	}
	scores, err := s.Scores(ctx, f)
	if err != nil {
		return nil, err
	}
	seeds, runs := map[setting]map[uint64]float64{}, map[setting]int64{}
	for _, score := range scores {
		at := setting{score.Study, score.Dataset, score.Backbone, score.Method, score.ConfigHash, score.Protocol, score.Metric}
		if seeds[at] == nil {
			seeds[at] = map[uint64]float64{}
		}
		seeds[at][score.Seed], runs[at] = score.Value, score.Run
	}
	var all []Comparison
	for _, summary := range summaries {
		at := slices.IndexFunc(all, func(c Comparison) bool { return c.holds(summary) })
		if at < 0 {
			at = len(all)
			all = append(all, Comparison{Study: summary.Study, Dataset: summary.Dataset, Protocol: summary.Protocol, Metric: summary.Metric,
				Percent: summary.Unit == "fraction", LowerIsBetter: summary.LowerIsBetter})
		}
		all[at].Rows = append(all[at].Rows, Row{Summary: summary, Baseline: summary.Method == baseline})
	}
	for _, c := range all {
		slices.SortStableFunc(c.Rows, byBackboneAndRank)
		if err := c.pair(seeds); err != nil {
			return nil, err
		}
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

// pair fills in the paired comparisons.
func (c Comparison) pair(seeds map[setting]map[uint64]float64) error {
	for i := range c.Rows {
		row := &c.Rows[i]
		best := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Backbone == row.Backbone && !r.Baseline })
		baseline := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Backbone == row.Backbone && r.Baseline })
		for _, against := range []struct {
			row int
			to  **stats.Paired
		}{{best, &row.BehindBest}, {baseline, &row.OverBaseline}} {
			if against.row < 0 || against.row == i || row.Baseline {
				continue
			}
			own, other := seeds[settingOf(row.Summary)], seeds[settingOf(c.Rows[against.row].Summary)]
			if !share(own, other) {
				continue
			}
			paired, err := stats.Compare(own, other, confidence)
			if err != nil {
				return fmt.Errorf("comparing %s with %s on %s: %w", row.Method, c.Rows[against.row].Method, row.Backbone, err)
			}
			*against.to = &paired
		}
	}
	return nil
}

func share(a, b map[uint64]float64) bool {
	for seed := range a {
		if _, both := b[seed]; both {
			return true
		}
	}
	return false
}
