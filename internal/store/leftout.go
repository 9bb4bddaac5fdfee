package store

import (
	"context"
	"fmt"
)

// LeftOut is a file, or several of a kind, that a run left out of its data set.
type LeftOut struct {
	Split  string `json:"split"` // train or test
	Path   string `json:"path"`  // the file, or the first of several
	Reason string `json:"reason"`
	Sample int    `json:"sample"` // its index in the split; -1 if it was to be none
	Files  int    `json:"files"`  // how many it stands for, at least 1
}

// AddLeftOut records what a run leaves out. What is recorded of the run
// already, by split and path, stays as it is. Names that are no UTF-8 are
// stored with their other bytes replaced.
func (w *RunWriter) AddLeftOut(ctx context.Context, files []LeftOut) error {
	if len(files) == 0 {
		return nil
	}
	for _, f := range files {
		if f.Path == "" || f.Files < 1 {
			return fmt.Errorf("run %s: %d files left out of %s at %q; there must be a path and at least one",
				w.Name, f.Files, f.Split, f.Path)
		}
	}
	return w.record(ctx, &entry{LeftOut: files})
}
