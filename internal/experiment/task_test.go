package experiment

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// recordingCrew keeps the tasks that it is to make.
type recordingCrew []Task

func (c *recordingCrew) Size() int { return 1 }
func (c *recordingCrew) Make(_ context.Context, task Task) error {
	*c = append(*c, task)
	return nil
}

// A task is of the images that it was made for: another machine may have them
// elsewhere in the same folder, but not others.
func TestATaskIsOfItsData(t *testing.T) {
	root := filepath.Join(t.TempDir(), "images")
	pictures(t, root, 0, map[string]int{"cat": 20, "dog": 20})
	var tasks recordingCrew
	here := newRunner(t)
	here.Crew = &tasks
	study := resolveStudy(t, "study: s\ngrid: {seed: [1]}"+ofFolder(root))
	if err := here.RunStudy(t.Context(), study, Changes{}); err != nil || len(tasks) != 2 {
		t.Fatalf("%d tasks, error %v; want a baseline's and a run's", len(tasks), err)
	}
	unfinished, err := here.Unfinished(t.Context(), study)
	if err != nil || len(unfinished) != 2 || unfinished[1].ConfigHash != tasks[1].ConfigHash {
		t.Errorf("unfinished %v, error %v; want the same", unfinished, err)
	}
	there := newRunner(t)
	for _, task := range tasks {
		if err := there.Make(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		runs, err := there.Store.Runs(t.Context(), store.Filter{Method: task.Method, ConfigHash: task.ConfigHash})
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: runs %v, error %v; want one of the task's hash", task.Method, runs, err)
		}
	}
	pictures(t, root, 9, map[string]int{"cat": 20, "dog": 20})
	other := newRunner(t)
	for _, task := range tasks {
		if err := other.Make(t.Context(), task); !errors.Is(err, ErrOtherData) {
			t.Errorf("%s: error %v, want ErrOtherData", task.Method, err)
		}
	}
	task := tasks[1]
	task.Data = "test f, train g"
	if err := other.Make(t.Context(), task); err == nil || errors.Is(err, ErrOtherData) {
		t.Errorf("of a task that doesn't fit its data: error %v", err)
	}
	if got := states(t, other); !slices.Equal(got, nil) {
		t.Errorf("runs %q, want none", got)
	}
}
