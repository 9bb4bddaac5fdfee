package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/sweep"
)

// Sweeps tells how far the runs of a queue are. [sweep.Queue] does.
type Sweeps interface {
	Summaries(ctx context.Context, owner string) ([]sweep.Summary, error)
	Progress(ctx context.Context, study string, most int) (sweep.Progress, error)
}

// mostJobs is how many jobs of a state a page shows.
const mostJobs = 200

// sweepSummary is a study of the queue on the overview.
type sweepSummary struct {
	Study  string              `json:"study"`
	Counts map[sweep.State]int `json:"counts"`
}

// sweepJob is a run of a sweep on its page.
type sweepJob struct {
	ID       int64       `json:"id"` // of River's job
	Method   string      `json:"method"`
	Backbone string      `json:"backbone"`
	Dataset  string      `json:"dataset"`
	Seed     string      `json:"seed"` // may be beyond the numbers of JavaScript
	State    sweep.State `json:"state"`
	Attempts int         `json:"attempts"`
	Worker   string      `json:"worker"`
	Step     int64       `json:"step"`
	Steps    int64       `json:"steps"`
	Error    string      `json:"error"`
	Run      int64       `json:"run"` // that was collected; 0 for none
	Name     string      `json:"name"`
}

// sweeps are the studies that the queue has for this database; null without a queue.
func (s *Server) sweeps(r *http.Request) (any, error) {
	if s.Queue == nil {
		return nil, nil
	}
	owner, err := s.Store.Identity(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := s.Queue.Summaries(r.Context(), owner)
	all := []sweepSummary{}
	for _, one := range found {
		all = append(all, sweepSummary(one))
	}
	return all, err
}

// sweep is how far the runs of a study are.
func (s *Server) sweep(r *http.Request) (any, error) {
	if s.Queue == nil {
		return nil, failure{http.StatusNotFound, errors.New("there is no queue; name one with: kontrast serve --queue")}
	}
	study := r.PathValue("name")
	progress, err := s.Queue.Progress(r.Context(), study, mostJobs)
	if err != nil {
		return nil, err
	}
	if len(progress.Jobs) == 0 {
		return nil, failure{http.StatusNotFound, fmt.Errorf("the queue has no runs of study %s", study)}
	}
	rows, err := query(r.Context(), s.Store, "SELECT uuid, id, name FROM runs WHERE study = "+quote(study))
	if err != nil {
		return nil, err
	}
	known := map[string][]any{}
	for _, row := range rows {
		known[text(row[0])] = row
	}
	jobs := []sweepJob{}
	for _, job := range progress.Jobs {
		task := job.Args.Task
		one := sweepJob{
			ID: job.ID, Method: task.Method,
			Backbone: task.Backbone, Dataset: task.Dataset, Seed: strconv.FormatUint(task.Seed, 10),
			State: job.State, Attempts: job.Attempts, Worker: job.Worker, Step: job.At.Step, Steps: job.At.Steps,
			Error: job.Error,
		}
		if row, found := known[task.UUID]; found {
			one.Run, one.Name = whole(row[1]), text(row[2])
		}
		jobs = append(jobs, one)
	}
	at := ""
	if s.RiverUI != nil {
		at = RiverPath
	}
	return map[string]any{
		"study": study, "counts": progress.Counts, "jobs": jobs, "cut": progress.Cut, "most": mostJobs, "river": at,
	}, nil
}
