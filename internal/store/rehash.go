package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// rehash hashes the stored configurations again, after a migration that renamed settings.
func rehash(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(
		ctx, "SELECT id, name, config FROM runs WHERE config LIKE '%\"colors\":%' OR config LIKE '%\"center_momentum\":%'",
	)
	if err != nil {
		return err
	}
	defer rows.Close()
	hashes := map[int64]string{}
	for rows.Next() {
		var id int64
		var name, text string
		if err := rows.Scan(&id, &name, &text); err != nil {
			return err
		}
		doc, err := config.Parse("the configuration of run "+name, []byte(text))
		if err != nil {
			return err
		}
		hashes[id] = doc.Hash(unhashed...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, hash := range hashes {
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET config_hash = ? WHERE id = ?", hash, id); err != nil {
			return fmt.Errorf("run %d: %w", id, err)
		}
	}
	return nil
}

// placedRun is a run of the user's own data.
type placedRun struct {
	id                  int64
	study, config, hash string
	data                Data
}

// rehashPlaced gives runs whose data are known the hash that does not depend on
// where they lie, and tables that name a setting by its hash the new one. A run
// whose configuration was changed since it was recorded keeps the hash that
// tells of it.
func rehashPlaced(ctx context.Context, tx *sql.Tx) error {
	runs, err := placedRuns(ctx, tx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		was, err := ConfigHash(json.RawMessage(run.config), "")
		if err != nil || was != run.hash {
			continue
		}
		now, err := ConfigHash(json.RawMessage(run.config), run.data.Identity())
		if err != nil {
			return fmt.Errorf("run %d: %w", run.id, err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET config_hash = ? WHERE id = ?", now, run.id); err != nil {
			return fmt.Errorf("run %d: %w", run.id, err)
		}
		for _, statement := range []string{
			"UPDATE OR REPLACE comparisons SET first_hash = ?3 WHERE study = ?1 AND first_hash = ?2",
			"UPDATE OR REPLACE comparisons SET second_hash = ?3 WHERE study = ?1 AND second_hash = ?2",
			"UPDATE ablation_corners SET config_hash = ?3 WHERE study = ?1 AND config_hash = ?2",
		} {
			if _, err := tx.ExecContext(ctx, statement, run.study, was, now); err != nil {
				return fmt.Errorf("study %s: %w", run.study, err)
			}
		}
	}
	// Two places of the same data were two settings.
	_, err = tx.ExecContext(ctx, "DELETE FROM comparisons WHERE first = second AND first_hash = second_hash")
	return err
}

// placedRuns are the runs of the user's own data, the latest first, whose data
// settings with several take.
func placedRuns(ctx context.Context, tx *sql.Tx) (runs []*placedRun, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT r.id, r.study, r.config, r.config_hash, s.split, s.fingerprint FROM runs r JOIN splits s ON s.run = r.id
		WHERE r.config LIKE '%"path":%' ORDER BY r.id DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one placedRun
		var split Split
		if err := rows.Scan(&one.id, &one.study, &one.config, &one.hash, &split.Name, &split.Fingerprint); err != nil {
			return nil, err
		}
		if len(runs) == 0 || runs[len(runs)-1].id != one.id {
			runs = append(runs, &one)
		}
		last := runs[len(runs)-1]
		last.data.Splits = append(last.data.Splits, split)
	}
	return runs, rows.Err()
}
