package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
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

// A task of a newer version, whose configuration has a setting that this one does not know or
// another meaning, is no task of this program's, and leaves nothing behind.
func TestATaskOfANewerVersionIsRefused(t *testing.T) {
	r := newRunner(t)
	tasks, err := r.Unfinished(t.Context(), resolveStudy(t, "study: s\nbaselines: []\ngrid: {method: [toy], seed: [1]}"))
	if err != nil || len(tasks) != 1 {
		t.Fatalf("tasks %v, error %v; want one", tasks, err)
	}
	for what, change := range map[string][2]string{
		"a setting of its own": {`"train":{`, `"train":{"newer":1,`},
		"a method of its own":  {`"name":"toy"`, `"name":"newer"`},
		"a default of its own": {`"batch_size":128,`, ""},
	} {
		task := tasks[0]
		task.Config = json.RawMessage(strings.Replace(string(task.Config), change[0], change[1], 1))
		if task.ConfigHash, err = store.ConfigHash(task.Config, task.Identity); err != nil ||
			task.ConfigHash == tasks[0].ConfigHash {
			t.Fatalf("%s: hash %s, %v", what, task.ConfigHash, err)
		}
		err := r.Make(t.Context(), task)
		if !errors.Is(err, ErrOtherVersion) || !strings.Contains(err.Error(), task.Name()) {
			t.Errorf("%s: error %v, want ErrOtherVersion", what, err)
		}
		var advised interface{ Hint() string }
		if !errors.As(err, &advised) || !strings.Contains(advised.Hint(), "use the same version") {
			t.Errorf("%s: there is no advice in %v", what, err)
		}
	}
	if got := states(t, r); len(got) > 0 {
		t.Errorf("runs %q, want none", got)
	}
}
