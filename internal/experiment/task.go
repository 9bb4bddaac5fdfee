package experiment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Task is a run of a study as another process can make it.
type Task struct {
	Study       string          `json:"study"`
	Method      string          `json:"method"` // the name of a baseline for one
	Backbone    string          `json:"backbone"`
	Dataset     string          `json:"dataset"`
	Seed        uint64          `json:"seed"`
	ConfigHash  string          `json:"config_hash"`
	Config      json.RawMessage `json:"config"`                 // as it is stored
	UUID        string          `json:"uuid,omitempty"`         // identity that the run is to have; empty for a new one
	DataChanged bool            `json:"data_changed,omitempty"` // as in Changes

	ImageSize int `json:"image_size,omitempty"` // of its views where the configuration names none; 0 for what suits them

	store.Identity // of the user's own data and files, as far as it is known
}

// Crew makes runs in other processes.
type Crew interface {
	// Size is how many runs it makes at once, 1 or more.
	Size() int
	// Make makes a run as [Runner.Make] does. It is called by several goroutines.
	Make(ctx context.Context, task Task) error
}

func (w *studyWork) atOnce() int {
	if w.Crew == nil {
		return 1
	}
	return w.Crew.Size()
}

// task is the point for another process.
func (p point) task(changes Changes) Task {
	return Task{
		Study: p.info.Study, Method: p.info.Method, Backbone: p.info.Backbone, Dataset: p.info.Dataset, Seed: p.info.Seed,
		ConfigHash: p.info.ConfigHash, Config: p.info.Config, UUID: p.uuid, Identity: p.data, ImageSize: p.size,
		DataChanged: changes.DataChanged,
	}
}

// Name says in short what the task is to make.
func (t Task) Name() string {
	return fmt.Sprintf("%s on %s, %s, seed %d", t.Method, t.Backbone, t.Dataset, t.Seed)
}

// ErrOtherVersion says that this program does not understand a task as the one that wrote it.
var ErrOtherVersion = errors.New("written by another version of kontrast")

// Make makes the run of a task unless the store has it: a finished one is kept,
// any other is resumed. If another process is at it the error is [store.ErrRunning].
func (r *Runner) Make(ctx context.Context, t Task) error {
	p, err := r.point(t)
	if err != nil {
		return err
	}
	err = newStudyWork(r, Changes{DataChanged: t.DataChanged}).once(ctx, p)
	if errors.Is(err, store.ErrEnded) { // by another process, meanwhile
		return nil
	}
	return err
}

// point is the task for this process, if it means the same here.
func (r *Runner) point(t Task) (point, error) {
	run := store.Run{
		RunInfo: store.RunInfo{Name: t.Name(), Method: t.Method, Seed: t.Seed, Config: t.Config, ConfigHash: t.ConfigHash},
	}
	doc, err := recorded(run.RunInfo, t.Identity)
	if err != nil {
		return point{}, err
	}
	plan, err := r.changed(doc, run, nil)
	if err != nil {
		return point{}, refusal{fmt.Errorf("%s: its configuration can't be read, and may be %w: %w",
			t.Name(), ErrOtherVersion, err),
			"use the same version, with the same methods of your own, on all machines"}
	}
	p := point{plan: plan, name: t.Name(), uuid: t.UUID, data: t.Identity, size: t.ImageSize}
	if p.info, err = r.info(plan, t.Method, t.Identity); err != nil {
		return p, err
	}
	if p.info.ConfigHash != t.ConfigHash {
		return p, refusal{fmt.Errorf("%s: its configuration means something else here: it was %w", t.Name(), ErrOtherVersion),
			"use the same version, with the same methods of your own, on all machines"}
	}
	return p, nil
}

// Unfinished are the runs of a study that the store has not finished: the
// baselines first, then seed by seed, so that the first results are of all settings.
func (r *Runner) Unfinished(ctx context.Context, study *Study) ([]Task, error) {
	var tasks []Task
	points, err := r.points(ctx, study)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		earlier, err := r.earlier(ctx, p.info)
		if err != nil {
			return nil, err
		}
		if earlier == nil || earlier.State != store.Finished {
			tasks = append(tasks, p.task(Changes{}))
		}
	}
	slices.SortStableFunc(tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(a.Seed, b.Seed))
	})
	return tasks, nil
}

func rankOf(t Task) int {
	if baseline.Is(t.Method) {
		return 0
	}
	return 1
}
