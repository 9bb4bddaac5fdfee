package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// studyPause is how long RunStudy waits before it looks again at a run of another process.
const studyPause = time.Second

// RunStudy makes the baselines and the runs of a study that are not finished
// in the store. A run that fails does not keep the others from being made,
// but where a baseline fails, as on data that can't be read, the runs beside
// it would too, and are left out. A run that another process is making is left
// to it, and waited for at the end. An interruption ends the study.
// With a Crew several runs are made at once, the baselines before the others.
//
// Finished runs of data that have changed since are an error, unless the
// changes allow them: then they are made again.
func (r *Runner) RunStudy(ctx context.Context, study *Study, changes Changes) error {
	work := newStudyWork(r, changes)
	r.seen.forget()
	points, err := r.points(ctx, study)
	if err != nil {
		return err
	}
	baselines := slices.IndexFunc(points, func(p point) bool { return !baseline.Is(p.info.Method) })
	if baselines < 0 {
		baselines = len(points)
	}
	for _, some := range [][]point{points[:baselines], points[baselines:]} {
		if err := work.all(ctx, some); err != nil {
			return err
		}
	}
	for len(work.elsewhere) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(studyPause):
		}
		waiting := work.elsewhere
		work.elsewhere = nil
		if err := work.all(ctx, waiting); err != nil {
			return err
		}
	}
	return errors.Join(work.failures...)
}

// studyWork is a study under way.
type studyWork struct {
	*Runner
	changes Changes

	mu        sync.Mutex      // guards the rest
	hopeless  map[string]bool // baselineKey of runs that can't be made
	failures  []error
	elsewhere []point // that other processes are at
	told      []string
}

func newStudyWork(r *Runner, changes Changes) *studyWork {
	return &studyWork{Runner: r, changes: changes, hopeless: map[string]bool{}}
}

// all tries points, as many at once as there is a crew for. The error is that of an interruption.
func (w *studyWork) all(ctx context.Context, points []point) error {
	var group errgroup.Group
	group.SetLimit(w.atOnce())
	for _, p := range points {
		group.Go(func() error { return w.try(ctx, p) })
	}
	return group.Wait()
}

// try makes a run unless the study has it. The error is that of an interruption.
func (w *studyWork) try(ctx context.Context, p point) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.mu.Lock()
	hopeless := w.hopeless[p.plan.baselineKey()]
	w.mu.Unlock()
	if hopeless {
		return nil
	}
	err := w.once(ctx, p)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case errors.Is(err, store.ErrRunning):
		w.elsewhere = append(w.elsewhere, p)
		if !slices.Contains(w.told, p.name) {
			w.told = append(w.told, p.name)
			w.Log.Warn("another process is making a run of this study; it is waited for when the others are made",
				zap.String("run", p.name))
		}
	case errors.Is(err, store.ErrEnded): // by another process, meanwhile
	case err != nil:
		if p.info.Method == Untrained {
			w.hopeless[p.plan.baselineKey()] = true
		}
		w.failures = append(w.failures, fmt.Errorf("%s: %w", p.name, err))
	}
	return nil
}

// once makes a run unless the study has it: a finished one is kept, any other is resumed.
func (w *studyWork) once(ctx context.Context, p point) error {
	earlier, err := w.earlier(ctx, p.info)
	if err != nil {
		return err
	}
	if earlier == nil && p.data.Known() { // perhaps of other data
		if earlier, err = w.inPlace(ctx, p.info); err != nil {
			return err
		}
	}
	in := place{uuid: p.uuid, data: p.data, size: p.size}
	if earlier != nil && earlier.Seed == p.info.Seed && earlier.State == store.Running && !w.Alone {
		return fmt.Errorf("run %s %w", earlier.Name, store.ErrRunning)
	}
	if earlier != nil {
		differences, err := w.differences(ctx, p.plan, *earlier)
		switch {
		case err != nil:
			return err
		case len(differences) > 0 && !w.changes.DataChanged:
			return refusal{fmt.Errorf("run %s: %w: %s", earlier.Name, ErrDataChanged, strings.Join(differences, "; ")),
				"put the old data back, give the comparison another --study, or --data-changed to make its runs again"}
		case len(differences) > 0:
			in.after = earlier.ID // it is made again
		case earlier.Seed != p.info.Seed: // there is none of its own
		case earlier.State == store.Finished:
			return nil
		case w.Crew == nil:
			_, err := w.Resume(ctx, earlier.ID, Changes{Set: p.plan.placeSettings(), TakeOver: w.Alone})
			return err
		}
	}
	switch {
	case w.Crew != nil:
		err = w.Crew.Make(ctx, p.task(w.changes))
	case baseline.Is(p.info.Method):
		_, err = w.makeBaseline(ctx, p.plan, &in)
	default:
		_, err = w.make(ctx, p.plan, &in)
	}
	return err
}

// differences says how the data of a plan differ now from those that a run was made with.
func (w *studyWork) differences(ctx context.Context, plan *Plan, run store.Run) ([]string, error) {
	recorded, err := w.Store.Data(ctx, run.ID)
	if err != nil || len(recorded.Splits) == 0 {
		return nil, err
	}
	now, err := w.dataOf(ctx, plan)
	if err != nil && run.State == store.Finished && ctx.Err() == nil { // finished runs need no data
		w.Log.Warn("data can't be read, and may not be those that the runs were made with", zap.Error(err))
		return nil, nil
	}
	if err == nil {
		now.Contents, _, err = w.contentsOf(ctx, plan)
	}
	if err != nil {
		return nil, err
	}
	return recorded.Differences(now), nil
}
