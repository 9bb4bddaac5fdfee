package store

import (
	"context"
	"database/sql"
)

// Score is a row of the view run_scores: what a finished run scored.
type Score struct {
	Run                                   int64
	Name, Study                           string
	Method, Backbone, Dataset, ConfigHash string
	Seed                                  uint64
	Kind, Protocol, Metric                string
	LowerIsBetter                         bool
	Step                                  int64
	Value                                 float64
	Backend                               string // compute backend of the run
}

// Scores returns the selected rows of the view run_scores.
func (s *Store) Scores(ctx context.Context, f Filter) ([]Score, error) {
	where, args := f.where(append(ofEvaluation, ofRun...)...)
	return collect(ctx, s, `
		SELECT run, name, study, method, backbone, dataset, config_hash, seed, kind, protocol, metric, better = 'lower', step, value,
			(SELECT backend FROM runs WHERE runs.id = run_scores.run)
		FROM run_scores`+where+` ORDER BY dataset, backbone, protocol, metric, method, config_hash, seed`, args,
		func(scan func(...any) error) (r Score, err error) {
			return r, scan(&r.Run, &r.Name, &r.Study, &r.Method, &r.Backbone, &r.Dataset, &r.ConfigHash, &r.Seed,
				&r.Kind, &r.Protocol, &r.Metric, &r.LowerIsBetter, &r.Step, &r.Value, &r.Backend)
		})
}

// Summary is a row of the view seed_summary: one setting over its seeds.
type Summary struct {
	Study, Dataset, Backbone, Method, ConfigHash string
	Kind, Protocol, Metric                       string
	LowerIsBetter                                bool
	Rank                                         int // 1 is best
	N                                            int // seeds
	Mean                                         float64
	Std, HalfWidth                               float64 // of the sample, and of the 95 % interval; NaN for one seed
	Worst, Best                                  float64
	Unit                                         string // of the metric; "fraction" is printed in percent
}

// Summaries returns the selected rows of the view seed_summary, the best first
// within each study, data set, backbone, protocol and metric.
func (s *Store) Summaries(ctx context.Context, f Filter) ([]Summary, error) {
	where, args := f.where(append(ofEvaluation, ofRun...)...)
	return collect(ctx, s, `
		SELECT study, dataset, backbone, method, config_hash, kind, protocol, metric, better = 'lower',
			rank, n, mean, std, half_width, worst, best,
			coalesce((SELECT unit FROM measures WHERE measures.metric = seed_summary.metric), '')
		FROM seed_summary`+where+` ORDER BY study, dataset, backbone, protocol, metric, rank, method, config_hash`, args,
		func(scan func(...any) error) (r Summary, err error) {
			var std, half sql.NullFloat64
			err = scan(&r.Study, &r.Dataset, &r.Backbone, &r.Method, &r.ConfigHash, &r.Kind, &r.Protocol, &r.Metric,
				&r.LowerIsBetter,
				&r.Rank, &r.N, &r.Mean, &std, &half, &r.Worst, &r.Best, &r.Unit)
			r.Std, r.HalfWidth = orNaN(std), orNaN(half)
			return r, err
		})
}

var ofEvaluation = []string{"kind", "protocol", "metric"}
