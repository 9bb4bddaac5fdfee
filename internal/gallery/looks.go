package gallery

import (
	"context"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Opener opens the network of a recorded run, with its images, for the kinds of
// figures that the database alone can't give. Who asks closes it.
type Opener func(ctx context.Context, run int64) (*experiment.Look, error)

// OneEach chooses of the runs of a study one for each setting, that of the
// lowest seed that has finished, in the order of their numbers.
func (r Request) OneEach(ctx context.Context, s *store.Store) ([]store.Run, error) {
	runs, err := r.runsWith(ctx, s, true)
	if err != nil {
		return nil, err
	}
	type setting struct{ method, backbone, dataset, hash string }
	best := map[setting]store.Run{}
	for _, run := range runs {
		key := setting{run.Method, run.Backbone, run.Dataset, run.ConfigHash}
		if known, found := best[key]; run.State == store.Finished && (!found || run.Seed < known.Seed) {
			best[key] = run
		}
	}
	var chosen []store.Run
	for i := len(runs) - 1; i >= 0; i-- { // the oldest first
		run := runs[i]
		if best[setting{run.Method, run.Backbone, run.Dataset, run.ConfigHash}].ID == run.ID {
			chosen = append(chosen, run)
		}
	}
	return chosen, nil
}

// runTitle names a run among others.
func runTitle(run store.Run) string {
	if run.Name == run.Method {
		return run.Name
	}
	return run.Name + " (" + run.Method + ", " + run.Backbone + ")"
}

// className is the name of a label; empty for none.
func className(classes []string, label int) string {
	if label < 0 || label >= len(classes) {
		return ""
	}
	return classes[label]
}
