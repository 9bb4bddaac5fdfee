package store

import (
	"context"
	"database/sql"
	"fmt"
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
	LowerBCa, UpperBCa                         float64
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
				p_sign_flip, p_first_wins, p_first_wins_lower, p_first_wins_upper, lower_bca, upper_bca, note, time)
			VALUES (?, ?, ?, (SELECT id FROM protocols WHERE label = ?), ?, ?, ?, ?, ?, ?, nullif(?, 0),
				?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, r := range rows {
			_, err := insert.ExecContext(ctx, study, r.Dataset, r.Backbone, r.Protocol, r.Metric, r.First, r.FirstHash,
				r.Second, r.SecondHash,
				r.N, r.Samples, finite(r.Difference), finite(r.Lower), finite(r.Upper), finite(r.P), finite(r.PHolm), r.Test,
				r.Verdict, r.Margin,
				r.SeedsNeeded, r.SamplesNeeded, finite(r.PSignFlip), finite(r.Wins), finite(r.WinsLower), finite(r.WinsUpper),
				finite(r.LowerBCa), finite(r.UpperBCa), r.Note, s.now())
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
	err := s.row(ctx, `
		SELECT count(*), coalesce(sum(stale OR abs(c.margin - iif(m.unit = 'fraction', ?, 0)) > 1e-12), 0)
		FROM comparisons c LEFT JOIN measures m ON m.metric = c.metric WHERE study = ?`, margin, study)(&rows, &off)
	return rows > 0 && off == 0, err
}

// JudgedMargin is the margin that the verdicts of a study were made with, and
// whether there are any.
func (s *Store) JudgedMargin(ctx context.Context, study string) (margin float64, judged bool, err error) {
	err = s.row(ctx, "SELECT coalesce(max(margin), 0), count(*) > 0 FROM comparisons WHERE study = ?",
		study)(&margin, &judged)
	return margin, judged, err
}

// Race is a study whose seeds are added until they decide.
type Race struct {
	Margin   float64 // within which methods count as equivalent, as a fraction
	MaxSeeds int
}

// StartRace records that seeds are added to a study until they decide.
func (s *Store) StartRace(ctx context.Context, study string, r Race) error {
	return s.exec(ctx, "INSERT OR REPLACE INTO races (study, margin, max_seeds, time) VALUES (?, ?, ?, ?)",
		study, 100*r.Margin, r.MaxSeeds, s.now())
}

// Race returns the race of a study, and whether it is one.
func (s *Store) Race(ctx context.Context, study string) (r Race, found bool, err error) {
	err = s.row(ctx, "SELECT margin / 100, max_seeds FROM races WHERE study = ?", study)(&r.Margin, &r.MaxSeeds)
	if err == sql.ErrNoRows {
		return r, false, nil
	}
	return r, err == nil, err
}
