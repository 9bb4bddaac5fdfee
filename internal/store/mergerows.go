package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// insertRun copies the row of a run, under a number and a name that are free
// unless it has them already.
func (m *merger) insertRun(ctx context.Context, tx *sql.Tx, merged *MergedRun) error {
	if merged.ID == 0 {
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM main.runs").Scan(&merged.ID); err != nil {
			return err
		}
		var err error
		if merged.Name, err = freeName(ctx, tx, merged.Run, merged.ID); err != nil {
			return err
		}
	}
	columns, _, err := columnsOf(ctx, tx, "runs")
	if err != nil {
		return err
	}
	own := []string{"id", "name", "claim", "locations"}
	columns = slices.DeleteFunc(columns, func(column string) bool { return slices.Contains(own, column) })
	locations, err := m.locations(merged.Run)
	if err != nil {
		return err
	}
	list := strings.Join(columns, ", ")
	_, err = tx.ExecContext(ctx, fmt.Sprintf(
		"INSERT INTO main.runs (id, name, locations, %[1]s) SELECT ?, ?, ?, %[1]s FROM source.runs WHERE id = ?", list,
	),
		merged.ID, merged.Name, locations, merged.Run.ID)
	return err
}

var numbered = regexp.MustCompile(`^(.*)-\d+$`)

// freeName is the run's own name if nobody has it, else the name that a new run
// would get, or where it was named by its user that name with a number.
func freeName(ctx context.Context, tx *sql.Tx, run Run, id int64) (string, error) {
	name := run.Name
	base := name
	next := int64(2)
	if match := numbered.FindStringSubmatch(name); match != nil && match[1] == run.Method {
		base, next = run.Method, id
	}
	for {
		var taken bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM main.runs WHERE name = ?)", name).Scan(&taken)
		if err != nil || !taken {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, next)
		next++
	}
}

// insertRows copies the rows of a run that are not here, and returns how many.
func (m *merger) insertRows(ctx context.Context, tx *sql.Tx, there, here int64) (added int64, err error) {
	count := func(query string, args ...any) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		added += rows
		return err
	}
	for _, table := range m.tables {
		for column, target := range table.shared {
			if err := count(target.bring(table, column), there); err != nil {
				return added, fmt.Errorf("table %s: %w", target.name, err)
			}
		}
		if err := count(table.bring(), there, here); err != nil {
			return added, fmt.Errorf("table %s: %w", table.name, err)
		}
	}
	if err := count(`INSERT OR IGNORE INTO main.measures SELECT * FROM source.measures
		WHERE metric IN (SELECT metric FROM source.evaluations WHERE run = ?)`, there); err != nil {
		return added, fmt.Errorf("table measures: %w", err)
	}
	if err := count(`INSERT OR IGNORE INTO main.sample_numbers SELECT sample FROM source.sample_numbers
		WHERE sample < (SELECT max(samples) FROM source.packed_predictions WHERE run = ?)`, there); err != nil {
		return added, fmt.Errorf("table sample_numbers: %w", err)
	}
	for _, table := range ofStudies {
		err := count(
			fmt.Sprintf("INSERT OR IGNORE INTO main.%[1]s SELECT * FROM source.%[1]s WHERE study = (SELECT study FROM "+
				"source.runs WHERE id = ?1) OR study IN (SELECT study FROM source.transfer_models WHERE run = ?1)", table), there,
		)
		if err != nil {
			return added, fmt.Errorf("table %s: %w", table, err)
		}
	}
	overlaps, err := bringOverlaps(ctx, tx, there)
	if err != nil {
		return added, err
	}
	added += overlaps
	files, err := m.from.Artifacts(ctx, there)
	if err != nil {
		return added, err
	}
	for _, file := range files {
		err :=
			count(`INSERT OR REPLACE INTO main.artifacts (run, path, kind, sha256, bytes, time) SELECT ?1, ?2, ?3, ?4, ?5, ?6
			WHERE NOT EXISTS (SELECT 1 FROM main.artifacts WHERE run = ?1 AND kind = ?3 AND sha256 = ?4)`,
				here, m.pathHere(file.Path, m.inside), file.Kind, file.SHA256, file.Bytes, stamp(file.Time))
		if err != nil {
			return added, fmt.Errorf("table artifacts: %w", err)
		}
	}
	return added, nil
}

// locations are those of a run as this database stores them.
func (m *merger) locations(run Run) (string, error) {
	here := map[string]string{}
	for key, path := range run.Locations {
		here[key] = m.pathHere(m.from.located(path), m.Relative)
	}
	text, err := json.Marshal(here)
	return string(text), err
}

// pathHere is a path as this database stores it: seen from its folder if there is something.
func (m *merger) pathHere(path string, seen func(string) string) string {
	if _, err := os.Stat(path); err != nil || m.options.Portable {
		return path
	}
	return seen(path)
}
