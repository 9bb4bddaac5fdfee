package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// unhashed are the settings that the hash of schema 3 left out.
var unhashed = []string{"seed", "study", "train.workers", "train.checkpoint"}

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
