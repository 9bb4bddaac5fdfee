package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
)

// PairRow is a row of the table comparisons: what the statistics say of two
// settings. NaN, and 0 where a count can't be 0, stand for NULL.
type PairRow struct {
	Study, Dataset, Backbone, Protocol, Metric string
	First, FirstHash, Second, SecondHash       string
	N, Samples                                 int
	Difference, Lower, Upper                   float64
	P, PHolm                                   float64
	Test, Verdict                              string
	Margin                                     float64
	SeedsNeeded, SamplesNeeded                 int
	PSignFlip                                  float64
	Wins, WinsLower, WinsUpper                 float64 // how likely first beats second
	Note                                       string
}

// SetComparisons records what the statistics say of a study, in place of what
// they said before.
func (s *Store) SetComparisons(ctx context.Context, study string, rows []PairRow) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM comparisons WHERE study = ?", study); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `
			INSERT INTO comparisons (study, dataset, backbone, protocol, metric, first, first_hash, second, second_hash, n, samples,
				difference, lower, upper, p, p_holm, test, verdict, margin, seeds_needed, samples_needed,
				p_sign_flip, p_first_wins, p_first_wins_lower, p_first_wins_upper, note, time)
			VALUES (?, ?, ?, (SELECT id FROM protocols WHERE label = ?), ?, ?, ?, ?, ?, ?, nullif(?, 0),
				?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, r := range rows {
			_, err := insert.ExecContext(ctx, study, r.Dataset, r.Backbone, r.Protocol, r.Metric, r.First, r.FirstHash, r.Second, r.SecondHash,
				r.N, r.Samples, finite(r.Difference), finite(r.Lower), finite(r.Upper), finite(r.P), finite(r.PHolm), r.Test, r.Verdict, r.Margin,
				r.SeedsNeeded, r.SamplesNeeded, finite(r.PSignFlip), finite(r.Wins), finite(r.WinsLower), finite(r.WinsUpper), r.Note, s.now())
			if err != nil {
				return fmt.Errorf("comparison of %s with %s: %w", r.First, r.Second, err)
			}
		}
		return nil
	})
}

// FreshComparisons says whether the table comparisons has the study as it is,
// with that margin.
func (s *Store) FreshComparisons(ctx context.Context, study string, margin float64) (bool, error) {
	var rows, off int
	err := s.db.QueryRowContext(ctx, `
		SELECT count(*), coalesce(sum(stale OR abs(c.margin - iif(m.unit = 'fraction', ?, 0)) > 1e-12), 0)
		FROM comparisons c LEFT JOIN measures m ON m.metric = c.metric WHERE study = ?`, margin, study).Scan(&rows, &off)
	return rows > 0 && off == 0, explain(s.path, err)
}

// Race is a study whose seeds are added until they decide.
type Race struct {
	Margin   float64 // within which methods count as equivalent, as a fraction
	MaxSeeds int
}

// StartRace records that seeds are added to a study until they decide.
func (s *Store) StartRace(ctx context.Context, study string, r Race) error {
	_, err := s.db.ExecContext(ctx, "INSERT OR REPLACE INTO races (study, margin, max_seeds, time) VALUES (?, ?, ?, ?)",
		study, 100*r.Margin, r.MaxSeeds, s.now())
	return explain(s.path, err)
}

// Race returns the race of a study, and whether it is one.
func (s *Store) Race(ctx context.Context, study string) (r Race, found bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT margin / 100, max_seeds FROM races WHERE study = ?", study).Scan(&r.Margin, &r.MaxSeeds)
	if err == sql.ErrNoRows {
		return r, false, nil
	}
	return r, err == nil, explain(s.path, err)
}

// Guesses are what a classifier got right of the test split.
type Guesses struct {
	Right []float64 // 1 or 0 by sample, in the order of their indices
	// Test is equal for guesses about the same samples with the same labels.
	Test string
}

// Guesses returns which test samples a run classified rightly by a protocol;
// nothing where no predictions are recorded.
func (s *Store) Guesses(ctx context.Context, run int64, protocol string) (g Guesses, err error) {
	var right, test sql.NullString
	err = s.db.QueryRowContext(ctx, `
		SELECT group_concat(label = predicted, ''),
			printf('%d %d %d %d', count(*), min(sample), max(sample), sum((sample % 99991 + 1) * (label + 1)))
		FROM (SELECT sample, label, predicted FROM predictions
			WHERE run = ? AND protocol = (SELECT id FROM protocols WHERE label = ?) ORDER BY sample)`,
		run, protocol).Scan(&right, &test)
	if err != nil || !right.Valid {
		return g, explain(s.path, err)
	}
	g.Test, g.Right = test.String, make([]float64, len(right.String))
	for i := range g.Right {
		g.Right[i] = float64(right.String[i] - '0')
	}
	return g, nil
}

// Mean is the accuracy; NaN for no guesses.
func (g Guesses) Mean() float64 {
	if len(g.Right) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, right := range g.Right {
		sum += right
	}
	return sum / float64(len(g.Right))
}
