package report

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Remarks says in lines what the tables of a study don't: which runs have no
// result, and why, and which results come from trainings that raised an alarm.
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
			run.State == store.Finished
	}
	var remarks []string
	alarmed := alarmedRuns{names: map[string][]string{}}
	for i := len(runs) - 1; i >= 0; i-- { // the oldest first
		run := runs[i]
		if run.State == store.Finished {
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
	return remarks, nil
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
