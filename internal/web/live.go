package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// overview is what there is: the studies, and the newest runs.
func (s *Server) overview(r *http.Request) (any, error) {
	studies, err := query(r.Context(), s.Store, `
		WITH trained AS (
			SELECT study, count(*) AS runs, sum(status = 'finished') AS finished, sum(status = 'running') AS running, max(started) AS newest,
				count(DISTINCT method) AS methods, group_concat(DISTINCT dataset) AS datasets, NULL AS networks, max(id) AS last
			FROM runs WHERE study NOT IN (SELECT study FROM transfers) AND study <> '' GROUP BY study
			UNION ALL
			SELECT study, 0, 0, 0, time, (SELECT count(DISTINCT method) FROM transfer_table t WHERE t.study = s.study),
				(SELECT group_concat(dataset) FROM (SELECT dataset FROM transfer_data d WHERE d.study = s.study ORDER BY position)),
				(SELECT count(DISTINCT run) FROM transfer_cells c WHERE c.study = s.study), 0
			FROM transfers s
		) SELECT study, runs, finished, running, newest, methods, datasets, networks FROM trained ORDER BY newest DESC, last DESC`)
	if err != nil {
		return nil, err
	}
	runs, err := query(r.Context(), s.Store, `
		SELECT run, name, study, method, backbone, dataset, seed, state, step, steps, started, seconds, alarms, error
		FROM run_overview ORDER BY run DESC LIMIT 200`)
	for _, row := range runs {
		if text(row[7]) == string(store.Lost) { // unless its results wait in a file, which SQL can't see
			run, err := s.Store.Run(r.Context(), whole(row[0]))
			if err != nil {
				return nil, err
			}
			row[7] = string(run.State)
		}
	}
	return map[string]any{
		"database": s.Store.Path(), "studies": orEmpty(studies), "runs": orEmpty(runs), "views": views(),
	}, err
}

func orEmpty(rows [][]any) [][]any { return append([][]any{}, rows...) }

// livePoints is how many points of a curve a page gets.
const livePoints = 400

// livePointsOfAll bounds the points of all curves of a page together.
const livePointsOfAll = 12_000

// looked is how many rows of curves a page may look at.
const looked = 400_000

// curves are those of one metric, of a study or of single runs.
func (s *Server) curves(r *http.Request) (any, error) {
	t := thinner{metric: r.FormValue("metric"), most: looked}
	for _, text := range r.Form["run"] {
		run, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, failure{http.StatusBadRequest, fmt.Errorf("run %q is no number", text)}
		}
		t.runs = append(t.runs, run)
	}
	if study := r.FormValue("study"); study != "" {
		rows, err := query(r.Context(), s.Store, "SELECT id FROM runs WHERE study = "+quote(study)+" ORDER BY id")
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			t.runs = append(t.runs, whole(row[0]))
		}
	}
	t.points = max(60, min(livePoints, livePointsOfAll/max(1, len(t.runs))))
	return t.read(r.Context(), s.Store)
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
	overview, err := query(
		ctx, s.Store, fmt.Sprintf("SELECT seconds FROM run_overview WHERE run = %d", run.ID),
	)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"id": run.ID, "name": run.Name, "study": run.Study, "method": run.Method, "backbone": run.Backbone,
		"dataset": run.Dataset, "seed": run.Seed,
		"state": string(run.State), "seconds": overview[0][0], "step": run.Step, "steps": run.Steps, "error": run.Error,
		"started": run.Started,
		"host":    run.Host, "engine": run.Engine, "commit": run.GitCommit,
		"module":   strings.TrimSpace(run.MethodModule + " " + run.MethodVersion),
		"versions": run.Versions, "style": styleOf(run.Method),
	}
	for key, statement := range map[string]string{
		"scores": "SELECT p.kind, e.metric, e.step, e.value, p.label FROM evaluations e JOIN protocols p ON p.id = " +
			"e.protocol WHERE e.run = %d ORDER BY p.label, e.metric, e.step",
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
	metrics, err := logged(ctx, s.Store, []int64{run.ID})
	if err != nil {
		return nil, err
	}
	curves := map[string]curve{}
	for _, metric := range metrics {
		found, err := thinner{runs: []int64{run.ID}, metric: metric, points: livePoints, most: looked}.read(ctx, s.Store)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			curves[metric] = found[0]
		}
	}
	out["curves"] = curves
	return out, nil
}
