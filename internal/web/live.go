package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// overview is what there is: the studies, and the newest runs.
func (s *Server) overview(r *http.Request) (any, error) {
	studies, err := query(r.Context(), s.Store, `
		SELECT study, count(*) AS runs, sum(status = 'finished') AS finished, sum(status = 'running') AS running, max(started) AS newest,
			count(DISTINCT method) AS methods, group_concat(DISTINCT dataset) AS datasets
		FROM runs WHERE study <> '' GROUP BY study ORDER BY max(id) DESC`)
	if err != nil {
		return nil, err
	}
	runs, err := query(r.Context(), s.Store, `
		SELECT run, name, study, method, backbone, dataset, seed, state, step, steps, started, seconds, alarms, error
		FROM run_overview ORDER BY run DESC LIMIT 200`)
	return map[string]any{"database": s.Store.Path(), "studies": orEmpty(studies), "runs": orEmpty(runs), "views": views()}, err
}

func orEmpty(rows [][]any) [][]any { return append([][]any{}, rows...) }

// livePoints is how many points of a curve a page gets.
const livePoints = 400

// studyCurves are the curves of one metric of a study.
func (s *Server) studyCurves(r *http.Request) (any, error) {
	runs, err := query(r.Context(), s.Store, "SELECT run, state FROM run_overview WHERE study = "+quote(r.FormValue("study"))+" ORDER BY run")
	if err != nil {
		return nil, err
	}
	metric := r.FormValue("metric")
	limit := max(60, min(livePoints, 20_000/max(1, len(runs))))
	curves := []curve{}
	for _, run := range runs {
		one, err := s.curve(r.Context(), whole(run[0]), metric, limit, text(run[1]) == "finished")
		if err != nil {
			return nil, err
		}
		if len(one.Steps) > 0 {
			curves = append(curves, one)
		}
	}
	return curves, nil
}

// curve reads a curve that the database has thinned: the lowest and the highest
// value of each stretch of steps. Those of finished runs are kept.
func (s *Server) curve(ctx context.Context, run int64, metric string, limit int, ended bool) (curve, error) {
	key := curveKey{run, fmt.Sprintf("%s\x00%d", metric, limit)}
	s.mu.Lock()
	known, found := s.curves[key]
	s.mu.Unlock()
	if found {
		return known, nil
	}
	rows, err := query(ctx, s.Store, fmt.Sprintf("SELECT step, value FROM metrics WHERE run = %d AND name = %s AND value IS NOT NULL ORDER BY step", run, quote(metric)))
	if err != nil {
		return curve{}, err
	}
	values := make([]float64, len(rows))
	for i, row := range rows {
		values[i], _ = row[1].(float64)
	}
	one := curve{Run: run, Steps: []int64{}, Values: []float64{}}
	for _, i := range report.Thin(len(rows), limit, func(i int) float64 { return values[i] }) {
		one.Steps, one.Values = append(one.Steps, whole(rows[i][0])), append(one.Values, digits(values[i], 6))
	}
	if ended {
		s.mu.Lock()
		if s.curves == nil || len(s.curves) > 10_000 {
			s.curves = map[curveKey]curve{}
		}
		s.curves[key] = one
		s.mu.Unlock()
	}
	return one, nil
}

// guesses are what two runs said of the first test samples.
func (s *Server) guesses(r *http.Request) (any, error) {
	first, err := number(r, "first")
	if err != nil {
		return nil, err
	}
	second, err := number(r, "second")
	if err != nil {
		return nil, err
	}
	rows, err := query(r.Context(), s.Store, fmt.Sprintf(`
		SELECT a.label, a.predicted, b.predicted FROM predictions a JOIN predictions b USING (protocol, sample)
		WHERE a.run = %d AND b.run = %d AND protocol = (SELECT id FROM protocols WHERE label = %s) AND sample < %d ORDER BY sample`,
		first, second, quote(r.FormValue("protocol")), guessed))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	labels, one, two := []int64{}, []int64{}, []int64{}
	for _, row := range rows {
		labels, one, two = append(labels, whole(row[0])), append(one, whole(row[1])), append(two, whole(row[2]))
	}
	return map[string]any{"labels": labels, "first": one, "second": two}, nil
}

// run is what there is of a run, with its curves.
func (s *Server) run(r *http.Request) (any, error) {
	ctx := r.Context()
	run, err := s.Store.FindRun(ctx, r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	overview, err := query(ctx, s.Store, fmt.Sprintf("SELECT state, seconds, step, steps FROM run_overview WHERE run = %d", run.ID))
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"id": run.ID, "name": run.Name, "study": run.Study, "method": run.Method, "backbone": run.Backbone, "dataset": run.Dataset, "seed": run.Seed,
		"state": text(overview[0][0]), "seconds": overview[0][1], "step": run.Step, "steps": run.Steps, "error": run.Error, "started": run.Started,
		"host": run.Host, "engine": run.Engine, "commit": run.GitCommit, "module": strings.TrimSpace(run.MethodModule + " " + run.MethodVersion),
		"versions": run.Versions, "style": styleOf(run.Method),
	}
	for key, statement := range map[string]string{
		"scores":    "SELECT p.kind, e.metric, e.step, e.value, p.label FROM evaluations e JOIN protocols p ON p.id = e.protocol WHERE e.run = %d ORDER BY p.label, e.metric, e.step",
		"params":    "SELECT key, value FROM params WHERE run = %d ORDER BY key",
		"alarms":    "SELECT step, kind, detail FROM alarms WHERE run = %d ORDER BY step",
		"artifacts": "SELECT kind, path, bytes FROM artifacts WHERE run = %d ORDER BY time",
	} {
		rows, err := query(ctx, s.Store, fmt.Sprintf(statement, run.ID))
		if err != nil {
			return nil, err
		}
		out[key] = orEmpty(rows)
	}
	study := &Study{Name: run.Study, Runs: []runRow{{ID: run.ID}}}
	if err := study.readLogged(ctx, s.Store); err != nil {
		return nil, err
	}
	curves := map[string]curve{}
	for _, metric := range study.Logged {
		if curves[metric], err = s.curve(ctx, run.ID, metric, livePoints, run.State == store.Finished); err != nil {
			return nil, err
		}
	}
	out["curves"] = curves
	return out, nil
}
