package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Merging says what a merge did with a run.
type Merging string

// What becomes of a run that is merged.
const (
	Brought      Merging = "brought"   // it is new here
	Updated      Merging = "updated"   // it was here unfinished, and is there further
	Completed    Merging = "completed" // it was here, without some of its rows, such as later evaluations
	Known        Merging = "known"     // all of it was here
	StillRunning Merging = "running"   // it is still running, here or there, and was left out
	Refused      Merging = "refused"   // it can't be merged; see MergedRun.Err
)

// MergedRun is what a merge did with one run.
type MergedRun struct {
	Run  Run    // as it is in the source
	Name string // that it has here
	ID   int64  // that it has here; 0 where it was left out
	What Merging
	Err  error // why it was refused
}

// ErrConflict says that two databases have a run of one identity with different content.
var ErrConflict = errors.New("the same run with other content")

// MergeOptions say what Merge brings, and how. The zero value brings all.
type MergeOptions struct {
	// Run is the UUID of the only run to bring; empty for all.
	Run string
	// Portable stores paths so that they don't depend on where this database
	// is, as for one that is sent elsewhere.
	Portable bool
	// Running brings runs too that are still running there.
	Running bool
}

// Merge brings the runs of another database with all their rows, each in a
// transaction of its own: what a merge that was cut has brought is there, and
// the next one brings the rest. A run that is here already is left as it is,
// but for rows that it has there only. Where a run is not finished here, and
// further there, it is replaced. Short names that are taken change; the UUID
// of a run stays. A run that both have with different numbers is Refused.
// Searches for leaks between data sets come with the runs of these data; with
// all runs come all.
func (s *Store) Merge(ctx context.Context, from *Snapshot, options MergeOptions) (all []MergedRun, err error) {
	if same, err := sameFile(s.path, from.from); err != nil {
		return nil, err
	} else if same {
		return nil, fmt.Errorf("results database %s: can't be merged into itself; name another", s.path)
	}
	runs, err := from.Runs(ctx)
	if err != nil {
		return nil, err
	}
	db, conn, err := s.attach(ctx, from)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = conn.Close() // a transaction that was cut may have closed it
		err = errors.Join(err, db.Close())
	}()
	m := merger{Store: s, conn: conn, from: from, options: options}
	for _, run := range runs {
		if options.Run != "" && run.UUID != options.Run {
			continue
		}
		merged := MergedRun{Run: run, Name: run.Name}
		err := m.merge(ctx, &merged)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			merged.What, merged.ID, merged.Err = Refused, 0,
				fmt.Errorf("run %s of %s: %w", run.Name, from.from, explain(s.path, err))
		}
		all = append(all, merged)
		if errors.Is(err, ErrLocked) { // the others would wait in vain, too
			return all, merged.Err
		}
	}
	taken := func(r MergedRun) bool { return r.What != Refused }
	if options.Run == "" && (len(all) == 0 || slices.ContainsFunc(all, taken)) {
		if err := m.overlaps(ctx); err != nil {
			return all, fmt.Errorf("%s: %w", from.from, explain(s.path, err))
		}
	}
	return all, nil
}

// attach opens the database a second time, with a connection that reads the copy
// under the name source. It ends with that handle: a connection of the store's
// own would have to be detached, which fails while a transaction that was cut is
// rolled back.
func (s *Store) attach(ctx context.Context, from *Snapshot) (*sql.DB, *sql.Conn, error) {
	address, err := dsn(from.store.path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil {
		return nil, nil, err
	}
	db, err := connect(ctx, writing, s.options.waiting(s.path), nil)
	if err != nil {
		return nil, nil, explain(s.path, err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(explain(s.path, err), db.Close())
	}
	if _, err := conn.ExecContext(ctx, "ATTACH ? AS source", address); err != nil {
		return nil, nil, errors.Join(explain(from.from, err), conn.Close(), db.Close())
	}
	return db, conn, nil
}

// merger is a merge under way.
type merger struct {
	*Store
	conn    *sql.Conn
	from    *Snapshot
	options MergeOptions
	tables  []ofRuns // once they are known
}

// begin waits for a database that another process has locked.
func (m *merger) begin(ctx context.Context) (tx *sql.Tx, err error) {
	err = m.patiently(ctx, m.Store.options.BusyTimeout, func() (err error) {
		tx, err = m.conn.BeginTx(ctx, nil)
		return err
	})
	return tx, err
}

func (m *merger) merge(ctx context.Context, merged *MergedRun) error {
	tx, err := m.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after Commit
	if m.tables == nil {
		if err := checkTables(ctx, tx); err != nil {
			return err
		}
		if m.tables, err = mergeTables(ctx, tx); err != nil {
			return err
		}
	}
	there := merged.Run
	if there.UUID == "" {
		return errors.New("it has no identity (uuid); the database is damaged")
	}
	here, err := m.scanRun(
		tx.QueryRowContext(ctx, strings.Replace(selectRun, "FROM runs", "FROM main.runs", 1)+" WHERE uuid = ?",
			there.UUID).Scan,
	)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	isHere := err == nil
	switch {
	case there.State == Running && !m.options.Running, isHere && here.State == Running:
		merged.What = StillRunning
		if isHere {
			merged.Name, merged.ID = here.Name, here.ID
		}
		return nil
	case isHere && here.Status != Finished && further(there, here):
		merged.What = Updated
		if _, err := tx.ExecContext(ctx, "DELETE FROM main.runs WHERE id = ?", here.ID); err != nil {
			return err
		}
		merged.Name, merged.ID = here.Name, here.ID
		err = m.insertRun(ctx, tx, merged)
	case isHere && there.Status != Finished && (here.Status == Finished || here.Heartbeat.After(there.Heartbeat)):
		merged.What, merged.Name, merged.ID = Known, here.Name, here.ID
		return nil
	case isHere:
		merged.What, merged.Name, merged.ID = Known, here.Name, here.ID
		err = m.compare(ctx, tx, there, here)
	default:
		merged.What = Brought
		err = m.insertRun(ctx, tx, merged)
	}
	if err != nil {
		return err
	}
	added, err := m.insertRows(ctx, tx, there.ID, merged.ID)
	if err != nil {
		return err
	}
	if added == 0 && merged.What == Known {
		return nil
	}
	if merged.What == Known {
		merged.What = Completed
	}
	return tx.Commit()
}

// further says whether a run that is not finished here has come further there.
func further(there, here Run) bool {
	return there.Status == Finished || there.Heartbeat.After(here.Heartbeat)
}

// content are the columns of runs that are the same wherever a run is, as far as it has come.
var content = []string{"study", "method", "backbone", "dataset", "seed", "config_hash", "config", "steps", "parent",
	"status", "step"}

// compare refuses a run that both have with different content.
func (m *merger) compare(ctx context.Context, tx *sql.Tx, there, here Run) error {
	conflict := func(what string) error {
		return fmt.Errorf("%w: %s differ from those of run %s of %s (both are run %s); keep one of the two, and merge "+
			"without the other",
			ErrConflict, what, here.Name, m.path, here.UUID)
	}
	for _, column := range content {
		var differs bool
		err := tx.QueryRowContext(ctx, fmt.Sprintf(
			"SELECT s.%[1]s IS NOT o.%[1]s FROM source.runs s, main.runs o WHERE s.id = ? AND o.id = ?", column,
		),
			there.ID, here.ID).Scan(&differs)
		if err != nil {
			return err
		}
		if differs {
			return conflict("values of runs." + column)
		}
	}
	for _, table := range m.tables {
		queries := []string{table.differ()}
		for column, target := range table.shared {
			queries = append(queries, target.differ(table, column))
		}
		for _, query := range queries {
			if query == "" {
				continue
			}
			var rows int
			if err := tx.QueryRowContext(ctx, query, there.ID, here.ID).Scan(&rows); err != nil {
				return fmt.Errorf("table %s: %w", table.name, err)
			}
			if rows > 0 {
				return conflict(fmt.Sprintf("%d of its rows in %s", rows, table.name))
			}
		}
	}
	return nil
}

// checkTables refuses a source whose tables are not what their names say, as
// nothing but damage or malice makes them.
func checkTables(ctx context.Context, tx *sql.Tx) error {
	for _, table := range Tables() {
		var other int
		err := tx.QueryRowContext(ctx, `
			WITH ours AS (SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?1, 'main')),
			theirs AS (SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?1, 'source'))
			SELECT (SELECT count(*) FROM (SELECT * FROM ours EXCEPT SELECT * FROM theirs))
				+ (SELECT count(*) FROM (SELECT * FROM theirs EXCEPT SELECT * FROM ours))
				+ (SELECT count(*) <> 1 FROM source.sqlite_schema WHERE type = 'table' AND name = ?1 AND sql LIKE 'CREATE TABLE%')`,
			table.Name).Scan(&other)
		if err != nil {
			return err
		}
		if other > 0 {
			return fmt.Errorf("its table %s is not that of a database of kontrast", table.Name)
		}
	}
	return nil
}

func sameFile(a, b string) (bool, error) {
	first, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second), err
}
