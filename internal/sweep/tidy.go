package sweep

import (
	"context"
	"os"
	"strings"
	"time"
)

// tidyPause is how often a worker looks for what processes that were late have left.
const tidyPause = time.Minute

// tidy removes from the shared place what lies there of runs that are delivered.
// The process of a run outlives its worker for as long as it takes to write a
// checkpoint; by then another worker may have finished the run and cleared it away.
func (w *Worker) tidy(ctx context.Context) {
	found, err := w.lying(ctx)
	if err != nil {
		return // it is tried again
	}
	for id := range found {
		if done, err := w.Queue.delivered(ctx, id); done && err == nil {
			w.clean(id)
		}
	}
}

// lying are the runs of which something lies in the shared place.
func (w *Worker) lying(ctx context.Context) (map[string]bool, error) {
	var names []string
	if w.Bucket != nil {
		all, err := keys(ctx, w.Bucket, "")
		if err != nil {
			return nil, err
		}
		names = all
	} else {
		entries, err := os.ReadDir(w.Shared)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
	}
	found := map[string]bool{}
	for _, name := range names {
		if id, _, _ := strings.Cut(name, "."); safeName(id) {
			found[id] = true
		}
	}
	return found, nil
}
