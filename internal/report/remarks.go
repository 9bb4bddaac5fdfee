package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Remarks says in lines what the tables of a study don't: which runs have no
// result, and why, which results come from trainings that raised an alarm, and
// which rows differ in seeds alone.
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
	alarmed := alarmedRuns{names: map[string][]string{}}
	for i := len(runs) - 1; i >= 0; i-- { // the oldest first
		run := runs[i]
		if run.Status == store.Finished {
			if err := alarmed.add(ctx, s, run); err != nil {
				return nil, err
			}
			continue
		}
		if finished[point{run.Method, run.ConfigHash, run.Seed}] {
			continue
		}
		remark := fmt.Sprintf("no result of %s (%s on %s, seed %d): %s",
			run.Name, run.Method, run.Backbone, run.Seed, run.State)
		if run.Error != "" {
			remark += ": " + strings.ReplaceAll(run.Error, "\n", "; ")
		}
		remarks = append(remarks, remark)
	}
	for _, what := range alarmed.order {
		remarks = append(remarks, fmt.Sprintf("alarm: %s: %s", what, strings.Join(alarmed.names[what], ", ")))
	}
	apart, err := seedsApart(runs)
	if len(apart) > 0 {
		remarks = append(remarks, fmt.Sprintf("%s: given apart from seed, and each value has rows of its own; what it "+
			"makes of the variance is told by: kontrast variance %s",
			strings.Join(apart, ", "), study))
	}
	return remarks, err
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
			if seed == nil || run.Method == "untrained" {
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

// alarmedRuns are names of runs by the alarm they raised and by where.
type alarmedRuns struct {
	order []string
	names map[string][]string
}

func (a *alarmedRuns) add(ctx context.Context, s *store.Store, run store.Run) error {
	alarms, err := s.Alarms(ctx, run.ID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, alarm := range alarms {
		what := fmt.Sprintf("%s of %s on %s", alarm.Kind, run.Method, run.Backbone)
		if seen[what] {
			continue
		}
		seen[what] = true
		if a.names[what] == nil {
			a.order = append(a.order, what)
		}
		a.names[what] = append(a.names[what], run.Name)
	}
	return nil
}

// WriteRemarks writes remarks below tables, for people.
func WriteRemarks(w io.Writer, remarks []string) error {
	if len(remarks) == 0 {
		return nil
	}
	return Write(w, Table{Notes: append([]string{""}, remarks...)}, Text)
}
