package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Remarks says in lines what the tables of a study don't: which runs have no
// result, and why, which results come from trainings that raised an alarm, and
// which rows differ in seeds alone or mix devices.
func Remarks(ctx context.Context, s *store.Store, study string) ([]string, error) {
	runs, err := s.Runs(ctx, store.Filter{Study: study})
	if err != nil {
		return nil, err
	}
	type point struct {
		method, hash string
		seed         uint64
	}
	finished := map[point]bool{}
	for _, run := range runs {
		finished[point{run.Method, run.ConfigHash, run.Seed}] = finished[point{run.Method, run.ConfigHash, run.Seed}] ||
			run.Status == store.Finished
	}
	var remarks []string
	for _, run := range slices.Backward(runs) { // the oldest first
		if run.Status == store.Finished || finished[point{run.Method, run.ConfigHash, run.Seed}] {
			continue
		}
		remark := fmt.Sprintf("no result of %s (%s on %s, seed %d): %s",
			run.Name, run.Method, run.Backbone, run.Seed, run.State)
		if run.Error != "" {
			remark += ": " + strings.ReplaceAll(run.Error, "\n", "; ")
		}
		remarks = append(remarks, remark)
	}
	alarmed, err := s.AlarmedRuns(ctx, study)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{} // of runs, by the alarm and where
	var order []string
	for _, a := range alarmed {
		what := fmt.Sprintf("%s of %s on %s", a.Kind, a.Method, a.Backbone)
		if names[what] == nil {
			order = append(order, what)
		}
		names[what] = append(names[what], a.Name)
	}
	for _, what := range order {
		remarks = append(remarks, fmt.Sprintf("alarm: %s: %s", what, strings.Join(names[what], ", ")))
	}
	if backends := backendsOf(runs); len(backends) > 1 {
		remarks = append(remarks, fmt.Sprintf("the runs were computed on different backends (%s): each has rows of its own, and "+
			"no test is between two", strings.Join(backends, ", ")))
	}
	remarks = append(remarks, devicesApart(runs)...)
	apart, err := seedsApart(runs)
	if len(apart) > 0 {
		remarks = append(remarks, fmt.Sprintf("%s: given apart from seed, and each value has rows of its own; what it "+
			"makes of the variance is told by: kontrast variance %s",
			strings.Join(apart, ", "), study))
	}
	return remarks, err
}

// backendsOf are the compute backends of finished runs, in order.
func backendsOf(runs []store.Run) (names []string) {
	for _, run := range runs {
		if run.Status == store.Finished && !slices.Contains(names, run.Backend) {
			names = append(names, run.Backend)
		}
	}
	slices.Sort(names)
	return names
}

// devicesApart has a line for each backbone and backend whose finished runs were computed on several devices, as far as
// known.
func devicesApart(runs []store.Run) (remarks []string) {
	type rows struct{ backbone, backend string }
	devices := map[rows][]string{}
	var order []rows
	for _, run := range slices.Backward(runs) { // the oldest first
		at := rows{run.Backbone, run.Backend}
		if run.Status != store.Finished || run.Device == "" || slices.Contains(devices[at], run.Device) {
			continue
		}
		if devices[at] == nil {
			order = append(order, at)
		}
		devices[at] = append(devices[at], run.Device)
	}
	for _, at := range order {
		if found := devices[at]; len(found) > 1 {
			remarks = append(remarks, fmt.Sprintf("%s was trained on different devices (%s): they round sums otherwise, so that "+
				"runs of one seed on two of them differ by more than their methods", at.backbone, strings.Join(found, "; ")))
		}
	}
	return remarks
}

// seedsApart names the settings by which runs of a method have seeds apart from
// the seed that they are repeated with.
func seedsApart(runs []store.Run) (names []string, err error) {
	values := map[string]map[string]bool{} // by setting; the methods with the values
	for _, run := range runs {
		var config struct {
			Seeds map[string]*uint64 `json:"seeds"`
		}
		if err := json.Unmarshal(run.Config, &config); err != nil {
			return nil, fmt.Errorf("the configuration of run %s: %w", run.Name, err)
		}
		for name, seed := range config.Seeds {
			if seed == nil || baseline.Is(run.Method) {
				continue
			}
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][fmt.Sprint(run.Method, " ", *seed)] = true
		}
	}
	for name, found := range values {
		methods := map[string]int{}
		for value := range found {
			method, _, _ := strings.Cut(value, " ")
			methods[method]++
		}
		for _, n := range methods {
			if n > 1 {
				names = append(names, "seeds."+name)
				break
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// WriteRemarks writes remarks below tables, for people.
func WriteRemarks(w io.Writer, remarks []string) error {
	if len(remarks) == 0 {
		return nil
	}
	return Write(w, Table{Notes: append([]string{""}, remarks...)}, Text)
}
