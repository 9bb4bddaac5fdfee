package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Filter selects rows; a field that is empty selects all. Kind, Protocol and
// Metric mean nothing to Runs.
type Filter struct {
	Study, Method, Backbone, Dataset, ConfigHash string
	Kind, Protocol, Metric                       string // of an evaluation; Protocol is its whole line
}

func (f Filter) where(columns ...string) (clause string, args []any) {
	values := map[string]string{
		"study": f.Study, "method": f.Method, "backbone": f.Backbone, "dataset": f.Dataset, "config_hash": f.ConfigHash,
		"kind": f.Kind, "protocol": f.Protocol, "metric": f.Metric,
	}
	var conditions []string
	for _, column := range columns {
		if values[column] != "" {
			conditions = append(conditions, column+" = ?")
			args = append(args, values[column])
		}
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

var ofRun = []string{"study", "method", "backbone", "dataset", "config_hash"}

// secondsOfWork are Run.Seconds; those of the clock for runs of before the column.
const secondsOfWork = "coalesce(seconds, (julianday(coalesce(finished, heartbeat)) - julianday(started)) * 86400)"

const selectRun = `SELECT id, name, study, method, backbone, dataset, seed, config, config_hash, coalesce(steps, 0),
	host, engine, versions, git_commit, method_module, method_version, uuid, coalesce(parent, ''), coalesce(locations, '{}'),
	backend, device, driver,
	status, coalesce(error, ''), step, started, heartbeat, coalesce(finished, ''), pid, ` + secondsOfWork + `,
	EXISTS (SELECT 1 FROM imports WHERE imports.run = runs.id) FROM runs`

func (s *Store) scanRun(scan func(...any) error) (r Run, err error) {
	var seed int64
	var configuration, versions, locations, started, heartbeat, finished string
	err = scan(&r.ID, &r.Name, &r.Study, &r.Method, &r.Backbone, &r.Dataset, &seed, &configuration,
		&r.ConfigHash, &r.Steps,
		&r.Host, &r.Engine, &versions, &r.GitCommit, &r.MethodModule, &r.MethodVersion, &r.UUID, &r.Parent, &locations,
		&r.Backend, &r.Device, &r.Driver,
		&r.Status, &r.Error, &r.Step, &started, &heartbeat, &finished, &r.pid, &r.Seconds, &r.Imported)
	if err != nil {
		return r, err
	}
	r.Seed, r.Config = uint64(seed), json.RawMessage(configuration)
	if err := json.Unmarshal([]byte(versions), &r.Versions); err != nil {
		return r, fmt.Errorf("run %s: versions: %w", r.Name, err)
	}
	if err := json.Unmarshal([]byte(locations), &r.Locations); err != nil {
		return r, fmt.Errorf("run %s: locations: %w", r.Name, err)
	}
	for _, t := range []struct {
		text string
		to   *time.Time
	}{{started, &r.Started}, {heartbeat, &r.Heartbeat}, {finished, &r.Finished}} {
		if t.text == "" {
			continue
		}
		if *t.to, err = time.Parse(timeLayout, t.text); err != nil {
			return r, fmt.Errorf("run %s: %w", r.Name, err)
		}
	}
	r.State = s.state(r)
	return r, nil
}

// Run returns the run of that number, or an error that is ErrNotFound.
func (s *Store) Run(ctx context.Context, id int64) (run Run, err error) {
	err = s.patiently(ctx, s.options.BusyTimeout, func() error {
		var err error
		run, err = s.runIn(ctx, s.db, id)
		return err
	})
	return run, err
}

func (s *Store) runIn(ctx context.Context, q queryer, id int64) (Run, error) {
	run, err := s.scanRun(q.QueryRowContext(ctx, selectRun+" WHERE id = ?", id).Scan)
	if err == sql.ErrNoRows {
		return run, fmt.Errorf("run %d: %w in %s; list them with kontrast runs", id, ErrNotFound, s.path)
	}
	return run, err
}

// FindRun returns the run that a user names: by its number or its name.
// Failing that the error is ErrNotFound and suggests the nearest name.
func (s *Store) FindRun(ctx context.Context, reference string) (Run, error) {
	if id, err := strconv.ParseInt(reference, 10, 64); err == nil {
		return s.Run(ctx, id)
	}
	run, err := s.scanRun(s.row(ctx, selectRun+" WHERE name = ?", reference))
	if err != sql.ErrNoRows {
		return run, err
	}
	names, err := collect(ctx, s, "SELECT name FROM runs", nil, func(scan func(...any) error) (name string, err error) {
		return name, scan(&name)
	})
	if err != nil {
		return run, err
	}
	hint := "list them with kontrast runs"
	if nearest, ok := config.Nearest(reference, names); ok {
		hint = fmt.Sprintf("did you mean %q?", nearest)
	}
	return run, fmt.Errorf("run %q: %w in %s; %s", reference, ErrNotFound, s.path, hint)
}

// Studies returns the names of the studies, that of the newest run first, and
// then those of transfer studies without runs of their own.
func (s *Store) Studies(ctx context.Context) ([]string, error) {
	return collect(ctx, s, `
		SELECT study FROM (
			SELECT study, max(id) AS newest FROM runs WHERE study <> '' GROUP BY study
			UNION ALL
			SELECT study, 0 FROM transfers WHERE study NOT IN (SELECT study FROM runs)
		) ORDER BY newest DESC, study`, nil,
		func(scan func(...any) error) (name string, err error) { return name, scan(&name) })
}

// Runs returns the runs selected, the newest first.
func (s *Store) Runs(ctx context.Context, f Filter) ([]Run, error) {
	where, args := f.where(ofRun...)
	return collect(ctx, s, selectRun+where+" ORDER BY id DESC", args, s.scanRun)
}

// Params returns the configuration values of a run, ordered by key.
func (s *Store) Params(ctx context.Context, run int64) ([]Param, error) {
	return collect(ctx, s, "SELECT key, value FROM params WHERE run = ? ORDER BY key", []any{run},
		func(scan func(...any) error) (p Param, err error) { return p, scan(&p.Key, &p.Value) })
}

// Alarms returns the alarms of a run in the order of their steps.
func (s *Store) Alarms(ctx context.Context, run int64) ([]Alarm, error) {
	return collect(ctx, s, "SELECT step, kind, detail, time FROM alarms WHERE run = ? ORDER BY step, id", []any{run},
		func(scan func(...any) error) (a Alarm, err error) {
			var at string
			if err = scan(&a.Step, &a.Kind, &a.Detail, &at); err == nil {
				a.Time, err = time.Parse(timeLayout, at)
			}
			return a, err
		})
}

// AlarmedRun is a finished run that raised an alarm of a kind.
type AlarmedRun struct{ Kind, Name, Method, Backbone string }

// AlarmedRuns returns the finished runs of a study that raised alarms, once for
// each kind of alarm: the oldest run first, and its kinds as they came.
func (s *Store) AlarmedRuns(ctx context.Context, study string) ([]AlarmedRun, error) {
	return collect(ctx, s, `
		SELECT a.kind, r.name, r.method, r.backbone FROM runs r CROSS JOIN alarms a ON a.run = r.id
		WHERE r.study = ? AND r.status = 'finished' GROUP BY r.id, a.kind ORDER BY r.id, min(a.step), min(a.id)`,
		[]any{study},
		func(scan func(...any) error) (a AlarmedRun, err error) {
			return a, scan(&a.Kind, &a.Name, &a.Method, &a.Backbone)
		})
}

// Artifacts returns the files that a run wrote, the oldest first.
func (s *Store) Artifacts(ctx context.Context, run int64) ([]Artifact, error) {
	return collect(ctx, s, "SELECT path, kind, sha256, bytes, time FROM artifacts WHERE run = ? ORDER BY time, path",
		[]any{run},
		func(scan func(...any) error) (a Artifact, err error) {
			var at string
			if err = scan(&a.Path, &a.Kind, &a.SHA256, &a.Bytes, &at); err == nil {
				a.Path = s.Located(a.Path)
				a.Time, err = time.Parse(timeLayout, at)
			}
			return a, err
		})
}

// Evaluation is one number that an evaluation of a run gave.
type Evaluation struct {
	Protocol string // the whole protocol in one line
	Kind     string
	Metric   string
	Step     int64
	Value    float64
}

// Evaluations returns every evaluation of a run, at every step.
func (s *Store) Evaluations(ctx context.Context, run int64) ([]Evaluation, error) {
	return collect(ctx, s, `
		SELECT p.label, p.kind, e.metric, e.step, e.value
		FROM evaluations e JOIN protocols p ON p.id = e.protocol
		WHERE e.run = ? ORDER BY p.label, e.metric, e.step`, []any{run},
		func(scan func(...any) error) (e Evaluation, err error) {
			return e, scan(&e.Protocol, &e.Kind, &e.Metric, &e.Step, &e.Value)
		})
}

// Curve is one metric of one run over its training steps.
type Curve struct {
	Run                             int64
	Name, Study                     string
	Method, Backbone, Dataset, Hash string // Hash is the configuration's
	Seed                            uint64
	Metric                          string
	Steps                           []int64
	Values                          []float64 // NaN where the value was not finite
}

// Curves returns the curves of a metric, one a selected run that logged it.
func (s *Store) Curves(ctx context.Context, metric string, f Filter) ([]Curve, error) {
	f.Metric = metric
	where, args := f.where(append([]string{"metric"}, ofRun...)...)
	rows, err := collect(ctx, s, `
		SELECT run, name, study, method, backbone, dataset, config_hash, seed, step, value
		FROM learning_curves`+where+" ORDER BY run, step", args,
		func(scan func(...any) error) (c Curve, err error) {
			var step int64
			var value sql.NullFloat64
			err = scan(&c.Run, &c.Name, &c.Study, &c.Method, &c.Backbone, &c.Dataset, &c.Hash, &c.Seed, &step, &value)
			c.Metric, c.Steps, c.Values = metric, []int64{step}, []float64{orNaN(value)}
			return c, err
		})
	var curves []Curve
	for _, row := range rows {
		if last := len(curves) - 1; last >= 0 && curves[last].Run == row.Run {
			curves[last].Steps = append(curves[last].Steps, row.Steps...)
			curves[last].Values = append(curves[last].Values, row.Values...)
			continue
		}
		curves = append(curves, row)
	}
	return curves, err
}

func orNaN(x sql.NullFloat64) float64 {
	if !x.Valid {
		return math.NaN()
	}
	return x.Float64
}

// collect reads all rows of a query.
func collect[T any](
	ctx context.Context, s *Store, query string, args []any, read func(scan func(...any) error) (T, error),
) (all []T, err error) {
	err = s.patiently(ctx, s.options.BusyTimeout, func() error {
		all = nil
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			one, err := read(rows.Scan)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return rows.Err()
	})
	return all, err
}

// row returns how to read the row that a query gives.
func (s *Store) row(ctx context.Context, query string, args ...any) (scan func(...any) error) {
	return func(into ...any) error {
		return s.patiently(
			ctx, s.options.BusyTimeout, func() error { return s.db.QueryRowContext(ctx, query, args...).Scan(into...) },
		)
	}
}

// exec carries out a statement.
func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}
