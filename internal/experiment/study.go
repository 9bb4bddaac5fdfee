package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Study is a comparison: runs that belong together.
type Study struct {
	Name  string
	Plans []*Plan
}

// defaultStudy is the comparison of who says nothing else: its lines stand for
// the keys that a configuration neither varies nor sets.
var defaultStudy = []struct{ key, path, value string }{
	{"method", "grid.method", "[simclr, mocov1, mocov2]"},
	{"backbone", "grid.backbone", "[resnet8]"},
	{"seed", "grid.seed", "[1, 2]"},
	{"train.epochs", "train.epochs", "4"},
}

// enoughFaults are as many as anybody corrects before trying again.
const enoughFaults = 100

// ResolveStudy reads a configuration with a grid on top of the given defaults.
// Methods, backbones, seeds and epochs that it neither varies nor sets are those
// of the default comparison. The error has every fault of every run, or those of
// the first runs where there are a hundred and more.
func (c Catalog) ResolveStudy(doc *config.Document, defaults Spec) (*Study, error) {
	for _, line := range defaultStudy {
		_, varied := doc.Root().Get("grid." + line.key)
		_, fixed := doc.Root().Get(line.key)
		if !varied && !fixed {
			if err := doc.Assign("the default comparison", line.path, line.value); err != nil {
				return nil, err
			}
		}
	}
	spec := defaults
	var faults config.Collector
	faults.Add(config.Decode(doc.Root(), &spec))
	if spec.Grid.Size() == 0 {
		return nil, faults.Err()
	}
	study := &Study{Name: spec.Study}
	base := doc.Without("grid") // which each run would read anew
	for _, point := range spec.Grid.Points() {
		if faults.Len() >= enoughFaults {
			break
		}
		one, err := base.With(point...)
		if err != nil {
			faults.Add(err)
			continue
		}
		plan, err := c.Resolve(one, defaults)
		faults.Add(err)
		study.Plans = append(study.Plans, plan)
	}
	return study, faults.Err()
}

// Baselines are the plans that differ in backbone, data, seed or evaluation:
// one for each untrained backbone that the study needs.
func (s *Study) Baselines() []*Plan {
	var plans []*Plan
	seen := map[string]bool{}
	for _, plan := range s.Plans {
		if key := plan.baselineKey(); !seen[key] {
			seen[key] = true
			plans = append(plans, plan)
		}
	}
	return plans
}

// baselineKey is equal for plans with the same untrained backbone, data and evaluation.
func (p *Plan) baselineKey() string { return config.Hash(p.baseline().Spec) }

// RunStudy makes the baselines and the runs of a study that are not finished
// in the store. A run that fails does not keep the others from being made,
// but where a baseline fails, as on data that can't be read, the runs beside
// it would too, and are left out. An interruption ends the study.
func (r *Runner) RunStudy(ctx context.Context, study *Study) error {
	var failures []error
	hopeless := map[string]bool{}
	for _, plan := range study.Baselines() {
		err := r.baselineOnce(ctx, plan)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			hopeless[plan.baselineKey()] = true
			failures = append(failures, fmt.Errorf("%s %s on %s, seed %d: %w", Untrained, plan.Backbone.Name, plan.Dataset.Name, plan.Spec.Seed, err))
		}
	}
	for _, plan := range study.Plans {
		if hopeless[plan.baselineKey()] {
			continue
		}
		err := r.once(ctx, plan)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s on %s, seed %d: %w", plan.Method.Name, plan.Backbone.Name, plan.Spec.Seed, err))
		}
	}
	return errors.Join(failures...)
}

// baselineOnce makes a baseline unless the study has it.
func (r *Runner) baselineOnce(ctx context.Context, plan *Plan) error {
	earlier, err := r.earlier(ctx, r.info(plan.baseline(), Untrained))
	switch {
	case err != nil:
		return err
	case earlier == nil:
		_, err = r.Baseline(ctx, plan)
	case earlier.State != store.Finished:
		_, err = r.Resume(ctx, earlier.ID)
	}
	return err
}

// once makes a run unless the study has it: a finished one is kept, any other is resumed.
func (r *Runner) once(ctx context.Context, plan *Plan) error {
	earlier, err := r.earlier(ctx, r.info(plan, plan.Method.Name))
	switch {
	case err != nil:
		return err
	case earlier == nil:
		_, err = r.Run(ctx, plan)
	case earlier.State != store.Finished:
		_, err = r.Resume(ctx, earlier.ID)
	}
	return err
}

// earlier finds the run that the store has of a study's point: a finished one
// if there is any, else the latest; nil for none.
func (r *Runner) earlier(ctx context.Context, info store.RunInfo) (*store.Run, error) {
	runs, err := r.Store.Runs(ctx, store.Filter{Study: info.Study, Method: info.Method, ConfigHash: info.ConfigHash})
	if err != nil {
		return nil, err
	}
	runs = slices.DeleteFunc(runs, func(run store.Run) bool { return run.Seed != info.Seed })
	for i := range runs {
		if runs[i].State == store.Finished {
			return &runs[i], nil
		}
	}
	if len(runs) == 0 {
		return nil, nil
	}
	return &runs[0], nil
}
