package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/store"
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

// ResolveStudy reads a configuration with a grid on top of the given defaults.
// Methods, backbones, seeds and epochs that it neither varies nor sets are those
// of the default comparison. The error has every fault of every run.
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
	for _, point := range spec.Grid.Points() {
		one, err := doc.With(point...)
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
		if key := config.Hash(plan.baseline().Spec); !seen[key] {
			seen[key] = true
			plans = append(plans, plan)
		}
	}
	return plans
}

// RunStudy makes the baselines and the runs of a study that are not finished
// in the store. A run that fails does not keep the others from being made; an
// interruption ends the study.
func (r *Runner) RunStudy(ctx context.Context, study *Study) error {
	var failures []error
	for _, plan := range study.Baselines() {
		if err := r.once(ctx, plan.baseline(), Untrained, func() error { _, err := r.Baseline(ctx, plan); return err }); err != nil {
			return err
		}
	}
	for _, plan := range study.Plans {
		err := r.once(ctx, plan, plan.Method.Name, func() error { _, err := r.Run(ctx, plan); return err })
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s on %s, seed %d: %w", plan.Method.Name, plan.Backbone.Name, plan.Spec.Seed, err))
		}
	}
	return errors.Join(failures...)
}

// once makes a run unless the study has it: a finished one is kept, a cut one is resumed.
func (r *Runner) once(ctx context.Context, plan *Plan, method string, run func() error) error {
	info := r.info(plan, method)
	runs, err := r.Store.Runs(ctx, store.Filter{Study: info.Study, Method: info.Method, ConfigHash: info.ConfigHash})
	if err != nil {
		return err
	}
	for _, earlier := range runs {
		if earlier.Seed != info.Seed {
			continue
		}
		switch earlier.State {
		case store.Finished:
			return nil
		case store.Interrupted, store.Lost:
			if method != Untrained {
				_, err := r.Resume(ctx, earlier.ID)
				return err
			}
		}
	}
	return run()
}
