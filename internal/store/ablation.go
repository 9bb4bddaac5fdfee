package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Ablation is a study that changes, one after the other, the factors which
// separate two configurations.
type Ablation struct {
	Study, First, Second string // First and Second as they were asked for
	Factors              []AblationFactor
	Corners              []AblationCorner // by their number
	Orders               [][]int          // of the factors, that are run; nil where all corners are that can be
	AllOrders            float64          // orders that there are through corners that can be run
}

// AblationFactor is one of the factors: two levels of some settings.
type AblationFactor struct {
	Name          string
	First, Second string   // its levels, in words
	Settings      []string // keys of the configuration that change
	Why           string   // why several settings are one factor
}

// AblationCorner is a combination of levels; bit f of its number is set if
// factor f has its second level.
type AblationCorner struct {
	Number     int
	Label      string // in words
	ConfigHash string // of its runs; empty where it is not run
	Illegal    string // why it can't be run; empty where it can
}

// SetAblation records the plan of an ablation, in place of an earlier one.
func (s *Store) SetAblation(ctx context.Context, a Ablation) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM ablations WHERE study = ?", a.Study); err != nil {
			return err
		}
		run := 0
		for _, corner := range a.Corners {
			if corner.ConfigHash != "" {
				run++
			}
		}
		var orders any
		if a.Orders != nil {
			text, err := json.Marshal(a.Orders)
			if err != nil {
				return err
			}
			orders = string(text)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO ablations (study, first, second, corners, orders, all_orders, time) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?)",
			a.Study, a.First, a.Second, run, orders, a.AllOrders, s.now())
		for i, f := range a.Factors {
			if err != nil {
				break
			}
			var settings []byte
			if settings, err = json.Marshal(f.Settings); err == nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO ablation_factors (study, position, factor, first, second, settings, "+
					"why) VALUES (?, ?, ?, ?, ?, ?, ?)",
					a.Study, i, f.Name, f.First, f.Second, string(settings), f.Why)
			}
		}
		for _, c := range a.Corners {
			if err != nil {
				break
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO ablation_corners (study, corner, label, config_hash, illegal) VALUES "+
				"(?, ?, ?, ?, ?)",
				a.Study, c.Number, c.Label, c.ConfigHash, c.Illegal)
		}
		return err
	})
}

// Ablation returns the plan of an ablation, and whether the study is one.
func (s *Store) Ablation(ctx context.Context, study string) (a Ablation, found bool, err error) {
	var orders sql.NullString
	err = s.db.QueryRowContext(
		ctx, "SELECT study, first, second, orders, all_orders FROM ablations WHERE study = ?", study,
	).
		Scan(&a.Study, &a.First, &a.Second, &orders, &a.AllOrders)
	if err == sql.ErrNoRows {
		return a, false, nil
	}
	if err != nil {
		return a, false, explain(s.path, err)
	}
	if orders.Valid {
		if err := json.Unmarshal([]byte(orders.String), &a.Orders); err != nil {
			return a, false, fmt.Errorf("ablation %s: orders: %w", study, err)
		}
	}
	a.Factors, err = collect(ctx, s, "SELECT factor, first, second, settings, why FROM ablation_factors WHERE study = ? "+
		"ORDER BY position", []any{study},
		func(scan func(...any) error) (f AblationFactor, err error) {
			var settings string
			if err = scan(&f.Name, &f.First, &f.Second, &settings, &f.Why); err == nil {
				err = json.Unmarshal([]byte(settings), &f.Settings)
			}
			return f, err
		})
	if err != nil {
		return a, false, err
	}
	a.Corners, err = collect(ctx, s, "SELECT corner, label, config_hash, illegal FROM ablation_corners WHERE study = ? "+
		"ORDER BY corner", []any{study},
		func(scan func(...any) error) (c AblationCorner, err error) {
			return c, scan(&c.Number, &c.Label, &c.ConfigHash, &c.Illegal)
		})
	return a, err == nil, err
}

// AttributionRow is a row of the table attributions. NaN stands for NULL.
type AttributionRow struct {
	Protocol, Metric string // the protocol's whole line
	Factor, Other    string // both empty for all factors together; Other for an interaction
	Value            float64
	Lower, Upper     float64
	P, PHolm         float64
	Added, Taken     float64
	N, Corners       int
	Orders           float64
	Note             string
}

// SetAttributions records what the factors of an ablation contribute, in place
// of what was recorded before.
func (s *Store) SetAttributions(ctx context.Context, study string, rows []AttributionRow) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM attributions WHERE study = ?", study); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `
			INSERT INTO attributions (study, protocol, metric, factor, other, value, lower, upper, p, p_holm, added, taken, n, corners, orders, note, time)
			VALUES (?, (SELECT id FROM protocols WHERE label = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, r := range rows {
			_, err := insert.ExecContext(ctx, study, r.Protocol, r.Metric, r.Factor, r.Other, r.Value, finite(r.Lower),
				finite(r.Upper),
				finite(r.P), finite(r.PHolm), finite(r.Added), finite(r.Taken), r.N, r.Corners, r.Orders, r.Note, s.now())
			if err != nil {
				return fmt.Errorf("attribution of %s to %s: %w", r.Metric, r.Factor, err)
			}
		}
		return nil
	})
}

// FreshAttributions says whether the table attributions has the study as it is.
func (s *Store) FreshAttributions(ctx context.Context, study string) (bool, error) {
	var rows, stale int
	err := s.db.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(stale), 0) FROM attributions WHERE study = ?",
		study).Scan(&rows, &stale)
	return rows > 0 && stale == 0, explain(s.path, err)
}
