package experiment

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Extend trains a run that has finished on to a larger number of epochs, as a
// new run whose parent it is. The schedule is [train.Restart] or
// [train.Stretch]; empty where the schedules of the longer training agree with
// those of the shorter one up to its end, as constant ones do. The numbers are
// those of a run from the beginning with the new run's configuration.
func (r *Runner) Extend(ctx context.Context, id int64, epochs int, schedule string, changes Changes) (*Outcome, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := extendable(run); err != nil {
		return nil, err
	}
	if err := r.computesOn(run.Backend); err != nil {
		return nil, err
	}
	parent, err := r.reopened(ctx, run, changes)
	if err != nil {
		return nil, err
	}
	defer parent.close()
	if err := parent.own(ctx, run); err != nil {
		return nil, err
	}
	child, err := r.extension(ctx, run, parent, epochs, schedule, changes)
	if err != nil {
		return nil, err
	}
	defer child.close()
	child.saves = parent.saves
	at, err := child.restore()
	if err != nil {
		return nil, err
	}
	if trained := parent.length().Steps(); at.Steps != trained {
		return nil, fmt.Errorf("run %s has no checkpoint of its end, step %d, in %s", run.Name, trained, parent.saves.Folder)
	}
	if err := child.checkMemory(); err != nil {
		return nil, err
	}
	child.parent = run.UUID
	writer, err := child.create(ctx, run.Method, nil)
	if err != nil {
		return nil, err
	}
	return child.finish(ctx, writer, func(outcome *Outcome) error {
		if _, err := child.saves.Save(child.store, at); err != nil { // so that it can be resumed from here
			return err
		}
		return child.train(ctx, outcome, at)
	})
}

// extendable says why a run can't be trained longer.
func extendable(run store.Run) error {
	switch {
	case baseline.Is(run.Method):
		return fmt.Errorf("run %s is a baseline: it has no epochs", run.Name)
	case run.Imported:
		return refusal{fmt.Errorf("run %s is imported: it has no epochs", run.Name),
			"to train from its weights: kontrast run --set backbone.weights=FILE"}
	case run.State == store.Stopped:
		return fmt.Errorf("run %s was stopped (%s): its weights are not worth training longer", run.Name, run.Error)
	case run.State != store.Finished:
		return refusal{fmt.Errorf("run %s has not finished, and its epochs can't be changed until it has", run.Name),
			"first: kontrast resume " + run.Name}
	}
	return nil
}

// extension opens the session of the longer training.
func (r *Runner) extension(
	ctx context.Context, run store.Run, parent *session, epochs int, schedule string, changes Changes,
) (*session, error) {
	before := parent.plan.Spec.Train
	if epochs <= before.Epochs {
		return nil, fmt.Errorf("run %s was trained for %d epochs: give more than that to train it longer, not %d",
			run.Name, before.Epochs, epochs)
	}
	set := append(changes.Set, "train.epochs="+strconv.Itoa(epochs))
	if schedule != "" {
		list := "["
		for _, e := range append(before.Extensions, train.Extension{Epochs: before.Epochs, Schedule: schedule}) {
			list += fmt.Sprintf("{epochs: %d, schedule: %s}, ", e.Epochs, e.Schedule)
		}
		set = append(set, "train.extensions="+list+"]")
	}
	changes.Set = set
	child, err := r.reopened(ctx, run, changes)
	if err != nil {
		return nil, err
	}
	doc, err := recorded(run.RunInfo, child.recorded.Identity())
	if err == nil {
		child.stored, err = r.changed(doc, run, set)
	}
	if err != nil {
		child.close()
		return nil, err
	}
	if err := parent.continuedBy(child); err != nil {
		child.close()
		return nil, refusal{fmt.Errorf("run %s: %w", run.Name, err), fmt.Sprintf(
			"--schedule %s to continue with the rate that a training of %d epochs has there, or --schedule %s to begin the "+
				"schedules again for the %d epochs more; either makes a new run",
			train.Stretch, epochs, train.Restart, epochs-before.Epochs)}
	}
	return child, nil
}

// continuedBy is an error if the schedules of the longer training differ from
// those that the shorter one had.
func (s *session) continuedBy(longer *session) error {
	var both [2]map[string]optim.Schedule
	for i, one := range []*session{s, longer} {
		var err error
		if both[i], err = one.plan.Spec.Train.Extended(one.length(), one.schedules); err != nil {
			return err
		}
	}
	for name, schedule := range both[0] {
		was, now, at, most := 0.0, 0.0, 0, 0.0
		for step := range s.length().Steps() {
			a, b := schedule.At(step), both[1][name].At(step)
			if apart := math.Abs(a - b); apart > most {
				was, now, at, most = a, b, step, apart
			}
		}
		if most > 0 {
			return fmt.Errorf("its schedule of %s has come to its end after %s, and that of %s is another "+
				"(%.4g instead of %.4g at step %d): "+
				"its epochs can't be changed as they are",
				name, epochs(float64(s.plan.Spec.Train.Epochs)), epochs(float64(longer.plan.Spec.Train.Epochs)), now, was, at)
		}
	}
	return nil
}
