package store

import (
	"context"
	"database/sql"
	"fmt"
)

// ofData says which searches for leaks belong to a run: those of the data that it
// was trained on, and of the data sets that its transfer studies measure on.
const ofData = `(c.test_fingerprint IN (SELECT d.test_fingerprint FROM source.transfer_data d
		JOIN source.transfer_models m ON m.study = d.study WHERE m.run = ?1)
	OR c.test_fingerprint IN (SELECT fingerprint FROM source.splits WHERE run = ?1)
	OR c.training_fingerprint IN (SELECT fingerprint FROM source.splits WHERE run = ?1))`

// bringOverlaps copies the searches for leaks that belong to a run, 0 for all,
// with what they found, unless the same splits were searched here.
func bringOverlaps(ctx context.Context, tx *sql.Tx, run int64) (added int64, err error) {
	which := "?1 = 0"
	if run != 0 {
		which = ofData
	}
	const columns = "training, test, training_fingerprint, test_fingerprint, training_samples, test_samples, settings, time"
	for _, query := range []string{
		"INSERT OR IGNORE INTO main.overlap_checks (" + columns + ") SELECT " + columns +
			" FROM source.overlap_checks c WHERE " + which,
		`INSERT OR IGNORE INTO main.overlap_pairs (search, test_sample, training_sample, kind, bits, similarity, test_name,
				training_name)
			SELECT h.id, p.test_sample, p.training_sample, p.kind, p.bits, p.similarity, p.test_name, p.training_name
			FROM source.overlap_checks c
			JOIN source.overlap_pairs p ON p.search = c.id
			JOIN main.overlap_checks h ON h.training_fingerprint = c.training_fingerprint
				AND h.test_fingerprint = c.test_fingerprint AND h.settings = c.settings AND h.time = c.time
			WHERE ` + which,
	} {
		result, err := tx.ExecContext(ctx, query, run)
		if err != nil {
			return added, fmt.Errorf("tables overlap_checks and overlap_pairs: %w", err)
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return added, err
		}
		added += rows
	}
	return added, nil
}

// overlaps brings the searches for leaks that belong to no run.
func (m *merger) overlaps(ctx context.Context) error {
	tx, err := m.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after Commit
	if err := checkTables(ctx, tx); err != nil {
		return err
	}
	if added, err := bringOverlaps(ctx, tx, 0); err != nil || added == 0 {
		return err
	}
	return tx.Commit()
}
