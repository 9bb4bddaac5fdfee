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
}

// Scores returns the selected rows of the view run_scores.
func (s *Store) Scores(ctx context.Context, f Filter) ([]Score, error) {
	where, args := f.where(append(ofEvaluation, ofRun...)...)
	return collect(ctx, s, `
		SELECT run, name, study, method, backbone, dataset, config_hash, seed, kind, protocol, metric, better = 'lower', step, value
		FROM run_scores`+where+` ORDER BY dataset, backbone, protocol, metric, method, config_hash, seed`, args,
		func(scan func(...any) error) (r Score, err error) {
			return r, scan(&r.Run, &r.Name, &r.Study, &r.Method, &r.Backbone, &r.Dataset, &r.ConfigHash, &r.Seed,
				&r.Kind, &r.Protocol, &r.Metric, &r.LowerIsBetter, &r.Step, &r.Value)
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

// Leader is a row of the view leaderboard: the best score of a method on a
// backbone over all settings and seeds.
type Leader struct {
	Rank                      int // 1 is best
	Dataset, Method, Backbone string
	Kind, Protocol, Metric    string
	Value                     float64
	Runs                      int    // that it is the best of
	Run                       int64  // the best one
	Name, Study               string // of the best run
	Seed                      uint64 // of the best run
	Unit                      string // of the metric; "fraction" is printed in percent
}

// Leaderboard returns the selected rows of the view leaderboard, the best
// first within each data set, protocol and metric. It has no configurations:
// Filter.ConfigHash means nothing to it, and Filter.Study is the best run's.
func (s *Store) Leaderboard(ctx context.Context, f Filter) ([]Leader, error) {
	where, args := f.where(append(ofEvaluation, "study", "method", "backbone", "dataset")...)
	return collect(ctx, s, `
		SELECT rank, dataset, method, backbone, kind, protocol, metric, value, runs, run, name, study, seed,
			coalesce((SELECT unit FROM measures WHERE measures.metric = leaderboard.metric), '')
		FROM leaderboard`+where+` ORDER BY dataset, protocol, metric, rank, method, backbone`, args,
		func(scan func(...any) error) (r Leader, err error) {
			return r, scan(&r.Rank, &r.Dataset, &r.Method, &r.Backbone, &r.Kind, &r.Protocol, &r.Metric, &r.Value, &r.Runs,
				&r.Run, &r.Name, &r.Study, &r.Seed, &r.Unit)
		})
}

var ofEvaluation = []string{"kind", "protocol", "metric"}
