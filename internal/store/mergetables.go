package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// kept are the tables that a merge leaves out: of the database itself, computed
// from the rest, or brought by merge.go.
var kept = append([]string{"identity", "t_quantiles", "comparisons", "attributions", "sample_numbers", "measures",
	"artifacts", "overlap_checks", "overlap_pairs"}, ofStudies...)

// ofStudies are the tables whose rows belong to studies, and come with the first run of one.
var ofStudies = []string{"races", "ablations", "ablation_factors", "ablation_corners", "transfers", "transfer_data"}

// matched are the columns that tell rows of a run apart where that isn't the primary key.
var matched = map[string][]string{"alarms": {"step", "kind", "detail"}}

// ofRuns is a table whose rows belong to runs.
type ofRuns struct {
	name    string
	run     string            // column that refers to runs
	columns []string          // the others, but for a number of its own
	key     []string          // columns that tell a run's rows apart
	shared  map[string]shared // what columns refer to
}

// shared is a table that rows of several runs refer to, such as protocols.
type shared struct {
	name    string
	id      string   // column referred to
	columns []string // but for the id
	key     []string // columns that tell its rows apart in any database
}

// mergeTables finds how the tables of results hang together, so that a table
// of a later schema is brought along without a word here.
func mergeTables(ctx context.Context, tx *sql.Tx) (tables []ofRuns, err error) {
	var names []string
	for _, table := range Tables() {
		if !slices.Contains(kept, table.Name) {
			names = append(names, table.Name)
		}
	}
	referred := map[string]bool{"runs": true}
	for _, name := range names {
		table, err := readOfRuns(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		if table.run != "" {
			tables = append(tables, table)
			for _, target := range table.shared {
				referred[target.name] = true
			}
		}
	}
	for _, name := range names {
		ours := slices.ContainsFunc(tables, func(t ofRuns) bool { return t.name == name })
		if !ours && !referred[name] {
			return nil, fmt.Errorf("table %s: a merge does not know what becomes of it", name)
		}
	}
	return tables, nil
}

func readOfRuns(ctx context.Context, tx *sql.Tx, name string) (table ofRuns, err error) {
	table = ofRuns{name: name, shared: map[string]shared{}}
	rows, err := tx.QueryContext(
		ctx, `SELECT "from", "table", coalesce("to", '') FROM pragma_foreign_key_list(?, 'main')`, name,
	)
	if err != nil {
		return table, err
	}
	references := map[string][2]string{}
	for rows.Next() {
		var from, to, id string
		if err := rows.Scan(&from, &to, &id); err != nil {
			return table, errors.Join(err, rows.Close())
		}
		references[from] = [2]string{to, id}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return table, err
	}
	for from, to := range references {
		if to[0] == "runs" {
			table.run = from
			continue
		}
		if table.shared[from], err = readShared(ctx, tx, to[0], to[1]); err != nil {
			return table, err
		}
	}
	columns, keys, err := columnsOf(ctx, tx, name)
	if err != nil {
		return table, err
	}
	if len(keys) == 1 && keys[0] == "id" { // a number of its own
		columns = slices.DeleteFunc(columns, func(column string) bool { return column == "id" })
	}
	if own := matched[name]; own != nil {
		keys = own
	}
	isRun := func(column string) bool { return column == table.run }
	table.columns, table.key = slices.DeleteFunc(columns, isRun), slices.DeleteFunc(slices.Clone(keys), isRun)
	return table, nil
}

func readShared(ctx context.Context, tx *sql.Tx, name, id string) (table shared, err error) {
	columns, _, err := columnsOf(ctx, tx, name)
	if err != nil {
		return table, err
	}
	table = shared{
		name: name, id: id, columns: slices.DeleteFunc(columns, func(column string) bool { return column == id }),
	}
	table.key, err = texts(ctx, tx, `
		SELECT i.name FROM (SELECT name FROM pragma_index_list(?1, 'main') WHERE origin = 'u' ORDER BY seq DESC LIMIT 1) l
		JOIN pragma_index_info(l.name, 'main') i`, name)
	if err == nil && len(table.key) == 0 {
		err = fmt.Errorf("table %s: rows refer to it, and nothing in it is unique in all databases", name)
	}
	return table, err
}

// columnsOf returns the columns of a table and those of its primary key.
func columnsOf(ctx context.Context, tx *sql.Tx, table string) (all, key []string, err error) {
	if all, err = texts(ctx, tx, "SELECT name FROM pragma_table_xinfo(?, 'main') ORDER BY cid", table); err != nil {
		return nil, nil, err
	}
	key, err = texts(ctx, tx, "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE pk > 0 ORDER BY pk", table)
	return all, key, err
}

// texts reads a query of one column.
func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// value is the SQL for what the destination stores of a column of the source's row t.
func (t ofRuns) value(column string) string {
	target, refers := t.shared[column]
	if !refers {
		return "t." + column
	}
	return fmt.Sprintf("(SELECT m.%[2]s FROM main.%[1]s m JOIN source.%[1]s x ON %[3]s WHERE x.%[2]s = t.%[4]s)",
		target.name, target.id, equal("m", "x", target.key), column)
}

// bring copies the rows that a run, ?1, has in the source and the run ?2 does not have here.
func (t ofRuns) bring() string {
	values := make([]string, len(t.columns))
	for i, column := range t.columns {
		values[i] = t.value(column)
	}
	return fmt.Sprintf("INSERT INTO main.%[1]s (%[2]s, %[3]s) SELECT ?2, %[4]s FROM source.%[1]s t WHERE t.%[2]s = ?1 "+
		"AND NOT EXISTS (SELECT 1 FROM main.%[1]s o WHERE %[5]s)",
		t.name, t.run, strings.Join(t.columns, ", "), strings.Join(values, ", "), t.same())
}

// differ counts the rows that both have under the same key with other content.
// When a row was written is no content.
func (t ofRuns) differ() string {
	var other []string
	for _, column := range t.columns {
		if column != "time" && !slices.Contains(t.key, column) {
			other = append(other, fmt.Sprintf("o.%s IS NOT %s", column, t.value(column)))
		}
	}
	if len(other) == 0 {
		return ""
	}
	return fmt.Sprintf("SELECT count(*) FROM source.%[1]s t JOIN main.%[1]s o ON %[2]s WHERE t.%[3]s = ?1 AND (%[4]s)",
		t.name, t.same(), t.run, strings.Join(other, " OR "))
}

// same is the condition that a row o here is the source's row t.
func (t ofRuns) same() string {
	conditions := []string{fmt.Sprintf("o.%s = ?2", t.run)}
	for _, column := range t.key {
		conditions = append(conditions, fmt.Sprintf("o.%s = %s", column, t.value(column)))
	}
	return strings.Join(conditions, " AND ")
}

// bring copies the rows of a shared table that rows of a run in that table refer to.
func (s shared) bring(from ofRuns, column string) string {
	list := strings.Join(s.columns, ", ")
	return fmt.Sprintf(`INSERT INTO main.%[1]s (%[2]s) SELECT %[2]s FROM source.%[1]s x
		WHERE x.%[3]s IN (SELECT t.%[4]s FROM source.%[5]s t WHERE t.%[6]s = ?1)
			AND NOT EXISTS (SELECT 1 FROM main.%[1]s m WHERE %[7]s)`,
		s.name, list, s.id, column, from.name, from.run, equal("m", "x", s.key))
}

// differ counts the rows of the shared table that both have with other content.
func (s shared) differ(from ofRuns, column string) string {
	other := make([]string, len(s.columns))
	for i, name := range s.columns {
		other[i] = fmt.Sprintf("m.%[1]s IS NOT x.%[1]s", name)
	}
	return fmt.Sprintf(`SELECT count(*) FROM source.%[1]s x JOIN main.%[1]s m ON %[2]s
		WHERE x.%[3]s IN (SELECT t.%[4]s FROM source.%[5]s t WHERE t.%[6]s = ?1) AND (%[7]s)`,
		s.name, equal("m", "x", s.key), s.id, column, from.name, from.run, strings.Join(other, " OR "))
}

func equal(a, b string, columns []string) string {
	conditions := make([]string, len(columns))
	for i, column := range columns {
		conditions[i] = fmt.Sprintf("%s.%s = %s.%s", a, column, b, column)
	}
	return strings.Join(conditions, " AND ")
}
