package gallery

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func ranking(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, err := r.comparison(ctx, s, firstOf(r.Baseline, baseline.Untrained))
	if err != nil {
		return nil, err
	}
	scores, err := s.Scores(ctx, store.Filter{Study: c.Study, Dataset: c.Dataset, Protocol: c.Protocol, Metric: c.Metric})
	if err != nil {
		return nil, err
	}
	rows := figure.Rows{Title: fmt.Sprintf("%s: %s by %s evaluation", c.Study, c.Metric, kindOf(c)),
		Axis: axis(c) + ", mean and 95 % interval over seeds"}
	for _, row := range c.Rows {
		one := figure.Row{Label: label(c, row), Method: row.Method, Mean: scale(c, row.Mean),
			HalfWidth: scale(c, row.HalfWidth), Hollow: row.Baseline}
		for _, score := range scores {
			if score.Method == row.Method && score.Backbone == row.Backbone && score.ConfigHash == row.ConfigHash {
				one.Values = append(one.Values, scale(c, score.Value))
			}
		}
		rows.Rows = append(rows.Rows, one)
	}
	return described(c, rows, r)
}

func forest(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	against := firstOf(r.Baseline, baseline.Untrained)
	c, err := r.comparison(ctx, s, against)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.Rows, func(row report.Row) bool { return row.Method == against }) {
		return nil, fmt.Errorf("the baseline %q has no score in study %q; name another with --baseline", against, c.Study)
	}
	rows := figure.Rows{Title: fmt.Sprintf("%s: %s by %s evaluation over %s", c.Study, c.Metric, kindOf(c), against),
		Axis: "difference in " + axis(c) + " over " + against + ", paired by seed, 95 % interval", Zero: true}
	for _, row := range c.Rows {
		if row.OverBaseline == nil {
			continue
		}
		over := row.OverBaseline
		rows.Rows = append(rows.Rows, figure.Row{Label: label(c, row), Method: row.Method,
			Mean: scale(c, over.Estimate.Mean), HalfWidth: scale(c, over.HalfWidth()), Hollow: !over.Decided()})
	}
	return described(c, rows, r)
}

func described(c report.Comparison, rows figure.Rows, r Request) (*figure.Figure, error) {
	f, err := figure.Intervals(rows, r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe(c.Statement()), nil
}

// label names a row by what tells it from others.
func label(c report.Comparison, row report.Row) string {
	name := row.Method
	if row.Setting != "" {
		name += " " + row.Setting
	}
	if slices.ContainsFunc(c.Rows, func(other report.Row) bool { return other.Backbone != row.Backbone }) {
		name += ", " + row.Backbone
	}
	return name
}

func axis(c report.Comparison) string {
	if c.Percent {
		return c.Metric + " (%)"
	}
	return c.Metric
}

func scale(c report.Comparison, value float64) float64 {
	if c.Percent {
		return 100 * value
	}
	return value
}
