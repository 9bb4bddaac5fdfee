package store

import (
	"context"
	"database/sql"
	"encoding/json"
)

// Overlap is a search for images that a training split shares with a test split.
type Overlap struct {
	Training, Test           string // as they were named
	TrainingPrint, TestPrint string // fingerprints of the splits
	TrainingSamples          int
	TestSamples              int
	Settings                 json.RawMessage // thresholds, and the network of the features
	Pairs                    []OverlapPair
}

// OverlapPair is a test image with the nearest training image.
type OverlapPair struct {
	Test         int     `json:"test_sample"`
	Training     int     `json:"training_sample"`
	Kind         string  `json:"kind"` // identical, hash or features
	Bits         int     `json:"bits"`
	Similarity   float64 `json:"similarity"` // of features, above 0; 0 where there were none
	TestName     string  `json:"test_name"`
	TrainingName string  `json:"training_name"`
}

// SetOverlap records a search, in place of an earlier one of the same splits.
func (s *Store) SetOverlap(ctx context.Context, o Overlap) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM overlap_checks WHERE training_fingerprint = ? AND test_fingerprint = ?",
			o.TrainingPrint, o.TestPrint)
		if err != nil {
			return err
		}
		made, err := tx.ExecContext(ctx, `
			INSERT INTO overlap_checks (training, test, training_fingerprint, test_fingerprint, training_samples, test_samples,
				settings, time)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			o.Training, o.Test, o.TrainingPrint, o.TestPrint, o.TrainingSamples, o.TestSamples, string(o.Settings), s.now())
		if err != nil {
			return err
		}
		id, err := made.LastInsertId()
		if err != nil {
			return err
		}
		for _, p := range o.Pairs {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO overlap_pairs (search, test_sample, training_sample, kind, bits, similarity, test_name, training_name)
				VALUES (?, ?, ?, ?, ?, nullif(?, 0.0), ?, ?)`,
				id, p.Test, p.Training, p.Kind, p.Bits, p.Similarity, p.TestName, p.TrainingName)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TransferSets returns the data sets of a transfer study: their names and how
// they are read.
func (s *Store) TransferSets(ctx context.Context, study string) ([]TransferData, error) {
	return collect(ctx, s, "SELECT dataset, settings FROM transfer_data WHERE study = ? ORDER BY position", []any{study},
		func(scan func(...any) error) (d TransferData, err error) {
			var settings string
			err = scan(&d.Name, &settings)
			d.Settings = json.RawMessage(settings)
			return d, err
		})
}
