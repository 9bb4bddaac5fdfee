package gallery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// parameters shows scores against the settings that a grid varies.
func parameters(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, err := r.comparison(ctx, s, baseline.Untrained)
	if err != nil {
		return nil, err
	}
	scores, err := s.Scores(
		ctx, store.Filter{Study: c.Study, Dataset: c.Dataset, Protocol: c.Protocol, Metric: c.Metric, Backbone: r.Backbone},
	)
	if err != nil {
		return nil, err
	}
	scores = slices.DeleteFunc(scores, func(score store.Score) bool {
		return baseline.Is(score.Method) || len(r.Methods) > 0 && !slices.Contains(r.Methods, score.Method)
	})
	values := map[string][]any{} // of a setting, by score; nil where the method has no such setting
	for i, score := range scores {
		params, err := s.Params(ctx, score.Run)
		if err != nil {
			return nil, err
		}
		for _, p := range params {
			if report.Indifferent(p.Key) || p.Value == nil {
				continue
			}
			if values[p.Key] == nil {
				values[p.Key] = make([]any, len(scores))
			}
			values[p.Key][i] = p.Value
		}
	}
	var slicesOf []figure.Slice
	for key, of := range values {
		if !varies(of, scores) {
			continue
		}
		slice := figure.Slice{Name: strings.TrimPrefix(key, "method.")}
		for i, score := range scores {
			if of[i] != nil {
				slice.Points = append(
					slice.Points, figure.SlicePoint{Method: score.Method, Value: of[i], Score: scale(c, score.Value)},
				)
			}
		}
		slicesOf = append(slicesOf, slice)
	}
	if len(slicesOf) == 0 {
		return nil, fmt.Errorf("the runs of study %q vary no setting of a method; a grid does, such as: kontrast compare "+
			"--methods '{name: simclr, temperature: 0.1},{name: simclr, temperature: 0.5}'", r.Subject)
	}
	if r.Parallel {
		return r.parallel(c, scores, values)
	}
	slices.SortFunc(slicesOf, func(a, b figure.Slice) int { return strings.Compare(a.Name, b.Name) })
	f, err := figure.Slices(slicesOf, axis(c), r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe("a dot a run, a line the means of a method; " + c.Statement()), nil
}

// parallel draws the runs across an axis for each setting that varies.
func (r Request) parallel(c report.Comparison, scores []store.Score, values map[string][]any) (*figure.Figure, error) {
	var names []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if varies(values[key], scores) {
			names = append(names, key)
		}
	}
	var runs []figure.ParallelRun
	for i, score := range scores {
		run := figure.ParallelRun{Method: score.Method, Score: scale(c, score.Value)}
		for _, key := range names {
			run.Values = append(run.Values, values[key][i])
		}
		runs = append(runs, run)
	}
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "method.")
	}
	f, err := figure.Parallel(names, runs, axis(c), r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe("a line a run, across its settings to its score; " + c.Statement()), nil
}

// varies says whether runs of one method differ in the setting.
func varies(values []any, scores []store.Score) bool {
	first := map[string]any{}
	for i, value := range values {
		if value == nil {
			continue
		}
		method := scores[i].Method + "\x00" + scores[i].Backbone
		if _, seen := first[method]; !seen {
			first[method] = value
		} else if first[method] != value {
			return true
		}
	}
	return false
}
