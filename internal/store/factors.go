package store

import (
	"context"
	"database/sql"
)

// FactorScore is a row of the view factor_scores: what a method keeps of a factor of variation.
type FactorScore struct {
	Dataset, Measured, Backbone, Method, ConfigHash string
	Factor, Metric                                  string
	N                                               int
	Mean                                            float64
	Std                                             float64 // NaN for one seed
}

// FactorScores returns the rows of the view factor_scores of a study, by data
// set, backbone and method.
func (s *Store) FactorScores(ctx context.Context, study string) ([]FactorScore, error) {
	return collect(ctx, s, `
		SELECT dataset, measured, backbone, method, config_hash, factor, metric, n, mean, std
		FROM factor_scores WHERE study = ? ORDER BY dataset, measured, backbone, method IN ('untrained', 'pixels', 'pixels-pca'), method, config_hash, factor`, []any{study},
		func(scan func(...any) error) (r FactorScore, err error) {
			var std sql.NullFloat64
			err = scan(&r.Dataset, &r.Measured, &r.Backbone, &r.Method, &r.ConfigHash, &r.Factor, &r.Metric, &r.N, &r.Mean, &std)
			r.Std = orNaN(std)
			return r, err
		})
}
