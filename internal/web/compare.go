package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// mostCompared is how many runs or studies stand beside each other at most.
const mostCompared = 12

// compare is what runs, or studies, have beside each other: scores, and the
// settings in which they differ.
func (s *Server) compare(r *http.Request) (any, error) {
	if err := r.ParseForm(); err != nil {
		return nil, failure{http.StatusBadRequest, err}
	}
	runs, studies := r.Form["run"], r.Form["study"]
	if n := len(runs) + len(studies); n < 1 || n > mostCompared || len(runs) > 0 && len(studies) > 0 {
		return nil, failure{http.StatusBadRequest, fmt.Errorf("%d runs and %d studies: choose up to %d of either",
			len(runs), len(studies), mostCompared)}
	}
	if len(studies) > 0 {
		return s.compareStudies(r, studies)
	}
	for _, run := range runs {
		if _, err := strconv.ParseInt(run, 10, 64); err != nil {
			return nil, failure{http.StatusBadRequest, fmt.Errorf("run %q is no number", run)}
		}
	}
	return s.compareRuns(r, strings.Join(runs, ", "))
}

// answers runs statements and collects their rows by name.
func (s *Server) answers(r *http.Request, statements map[string]string) (map[string]any, error) {
	out := map[string]any{}
	for key, statement := range statements {
		rows, err := query(r.Context(), s.Store, statement)
		if err != nil {
			return nil, err
		}
		out[key] = orEmpty(rows)
	}
	return out, nil
}

func (s *Server) compareRuns(r *http.Request, ids string) (any, error) {
	out, err := s.answers(r, map[string]string{
		"runs": "SELECT run, name, study, method, backbone, dataset, seed, state, step, seconds FROM run_overview WHERE " +
			"run IN (" + ids + ") ORDER BY run",
		"scores": `SELECT e.run, p.kind, p.label, e.metric, e.value, e.step FROM evaluations e JOIN protocols p ON p.id = e.protocol
			WHERE e.run IN (` + ids + `) AND e.step = (SELECT max(step) FROM evaluations f WHERE f.run = e.run AND f.protocol = e.protocol AND f.metric = e.metric)
			ORDER BY p.kind, p.label, e.metric, e.run`,
		"params": `SELECT key, run, value FROM run_params WHERE run IN (` + ids +
			`) AND key NOT IN ('seed', 'study') ORDER BY key, run`,
	})
	if err != nil {
		return nil, err
	}
	var found []int64
	styles := map[string]drawn{}
	for _, row := range out["runs"].([][]any) {
		found = append(found, whole(row[0]))
		styles[text(row[3])] = styleOf(text(row[3]))
	}
	out["styles"] = styles
	out["logged"], err = logged(r.Context(), s.Store, found)
	return out, err
}

func (s *Server) compareStudies(r *http.Request, names []string) (any, error) {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	in := "IN (" + strings.Join(quoted, ", ") + ")"
	return s.answers(r, map[string]string{
		"summaries": `SELECT study, dataset, backbone, method, config_hash, kind, protocol, metric, n, mean, half_width,
			coalesce((SELECT unit FROM measures WHERE measures.metric = seed_summary.metric), '')
			FROM seed_summary WHERE study ` + in + ` ORDER BY kind, protocol, metric, dataset, backbone, method`,
		"params": `SELECT key, study, group_concat(DISTINCT coalesce(value, 'none')) FROM run_params
			WHERE study ` + in + ` AND key NOT IN ('seed', 'study') GROUP BY key, study ORDER BY key, study`,
	})
}
