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

// placedRun is a run of the user's own data or files.
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
		if err := run.rehash(ctx, tx, Identity{}); err != nil {
			return err
		}
	}
	return mergeSettings(ctx, tx)
}

// rehash gives a run the hash of its data's identity, unless its configuration
// was changed since it was recorded with another identity.
func (run *placedRun) rehash(ctx context.Context, tx *sql.Tx, identity Identity) error {
	was, err := ConfigHash(json.RawMessage(run.config), identity)
	if err != nil || was != run.hash {
		return nil
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
	return nil
}

// mergeSettings leaves out verdicts between what were two settings and is one:
// two places of the same data.
func mergeSettings(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM comparisons WHERE first = second AND first_hash = second_hash")
	return err
}

// rehashPrompted gives runs with prompts from a file the hash that does not
// depend on where it lies, if their zero-shot protocol tells the file's digest.
func rehashPrompted(ctx context.Context, tx *sql.Tx) error {
	runs, err := promptedRuns(ctx, tx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		was := Identity{Data: run.data.fingerprints()}
		contents, err := json.Marshal(run.data.Contents)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET contents = ? WHERE id = ?", string(contents), run.id); err != nil {
			return fmt.Errorf("run %d: %w", run.id, err)
		}
		if err := run.rehash(ctx, tx, was); err != nil {
			return err
		}
	}
	return mergeSettings(ctx, tx)
}

// promptedRuns are the runs with prompts from one file, the latest first.
func promptedRuns(ctx context.Context, tx *sql.Tx) (runs []*placedRun, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT r.id, r.study, r.config, r.config_hash, substr(max(json_extract(p.details, '$.prompts')), -8),
			coalesce(s.split, ''), coalesce(s.fingerprint, '')
		FROM runs r JOIN evaluations e ON e.run = r.id JOIN protocols p ON p.id = e.protocol
			LEFT JOIN splits s ON s.run = r.id
		WHERE p.kind = 'zero-shot' AND json_extract(r.config, '$.eval.prompts.file') <> ''
			AND json_extract(p.details, '$.prompts') LIKE '%@________'
		GROUP BY r.id, s.split HAVING count(DISTINCT json_extract(p.details, '$.prompts')) = 1
		ORDER BY r.id DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one placedRun
		var split Split
		var digest string
		err := rows.Scan(&one.id, &one.study, &one.config, &one.hash, &digest, &split.Name, &split.Fingerprint)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 || runs[len(runs)-1].id != one.id {
			one.data.Contents = map[string]string{"eval.prompts.file": digest}
			runs = append(runs, &one)
		}
		if last := runs[len(runs)-1]; split.Name != "" {
			last.data.Splits = append(last.data.Splits, split)
		}
	}
	return runs, rows.Err()
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
