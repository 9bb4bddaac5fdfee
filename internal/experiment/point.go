package experiment

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// point is one run of a study.
type point struct {
	plan *Plan  // as it is stored
	name string // for errors
	info store.RunInfo
	uuid string         // identity that the run is to have; empty for a new one
	data store.Identity // of the user's own data and files, as far as it is known
	size int            // of its views, as the study's other runs have; 0 for none or where the plan names it
}

// points are the runs of a study, or of its shard, the baselines first.
func (r *Runner) points(ctx context.Context, study *Study) (all []point, err error) {
	add := func(plan *Plan, method, name string) error {
		p, err := r.pointOf(ctx, plan, method)
		p.name = name
		all = append(all, p)
		return err
	}
	for _, plan := range study.Baselines() {
		kind := plan.Spec.Method.Name
		name := fmt.Sprintf("%s %s on %s, seed %d", kind, plan.Backbone.Name, plan.Dataset.Name, plan.Spec.Seed)
		if err := add(plan, kind, name); err != nil {
			return nil, err
		}
	}
	for _, plan := range study.Plans {
		name := fmt.Sprintf("%s on %s, seed %d", plan.Method.Name, plan.Backbone.Name, plan.Spec.Seed)
		if err := add(plan, plan.Method.Name, name); err != nil {
			return nil, err
		}
	}
	return study.Shard.of(all), nil
}

// pointOf is the run of a plan. It looks at the user's own data and files for
// what they are; where they can't be read they are taken as those of the run
// that was made with what lay in the same place, if there is one.
func (r *Runner) pointOf(ctx context.Context, plan *Plan, method string) (p point, err error) {
	p.plan = plan
	if p.info, err = r.info(plan, method, store.Identity{}); err != nil {
		return p, err
	}
	var unread []string
	if p.data.Contents, unread, err = r.contentsOf(ctx, plan); err != nil {
		return p, err
	}
	own := store.Placed(p.info.Config)
	if own {
		known, err := r.dataOf(ctx, plan)
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		if err == nil {
			p.data.Data = known.Identity().Data
		}
	}
	if len(unread) > 0 || own && p.data.Data == "" {
		there, err := r.inPlace(ctx, p.info)
		if err != nil {
			return p, err
		}
		if there != nil {
			if err := r.recall(ctx, there.ID, unread, own, &p.data); err != nil {
				return p, err
			}
		}
	}
	if p.data.Known() {
		if p.info, err = r.info(plan, method, p.data); err != nil {
			return p, err
		}
	}
	p.size, err = r.studySize(ctx, plan)
	return p, err
}

// recall fills in what can't be read from the record of a run.
func (r *Runner) recall(ctx context.Context, run int64, unread []string, own bool, into *store.Identity) error {
	known, err := r.Store.Data(ctx, run)
	if err != nil {
		return err
	}
	if own && into.Data == "" {
		into.Data = known.Identity().Data
	}
	for _, key := range unread {
		if content, recorded := known.Contents[key]; recorded {
			into.Contents[key] = content
		}
	}
	return nil
}

// ConfigHash is what the store knows the setting of a study's plan by: equal
// for plans that differ in the seed only. It looks at the user's own data.
func (r *Runner) ConfigHash(ctx context.Context, plan *Plan) (string, error) {
	p, err := r.pointOf(ctx, plan, plan.Method.Name)
	return p.info.ConfigHash, err
}

// earlier finds the run that the store has of a study's point: a finished one
// if there is any, else the latest; nil for none.
func (r *Runner) earlier(ctx context.Context, info store.RunInfo) (*store.Run, error) {
	runs, err := r.Store.Runs(ctx, store.Filter{Study: info.Study, Method: info.Method, ConfigHash: info.ConfigHash})
	if err != nil {
		return nil, err
	}
	return best(runs, info.Seed), nil
}

// inPlace is earlier for a run of the user's own data that were where the plan's
// are, whatever they were. Where the study has no run of the plan's own data, it
// is one of another seed, if there is none of the plan's.
func (r *Runner) inPlace(ctx context.Context, info store.RunInfo) (*store.Run, error) {
	own, err := store.ConfigHash(info.Config, store.Identity{})
	if err != nil {
		return nil, err
	}
	runs, err := r.Store.Runs(ctx, store.Filter{Study: info.Study, Method: info.Method})
	if err != nil {
		return nil, err
	}
	same := slices.ContainsFunc(runs, func(run store.Run) bool { return run.ConfigHash == info.ConfigHash })
	there := slices.DeleteFunc(runs, func(run store.Run) bool {
		hash, err := store.ConfigHash(run.Config, store.Identity{})
		return err != nil || hash != own
	})
	found := best(there, info.Seed)
	if found == nil && !same && len(there) > 0 {
		found = best(there, there[0].Seed)
	}
	return found, nil
}

// best is the first finished run of a seed, or else the first; nil for none.
func best(runs []store.Run, seed uint64) (found *store.Run) {
	for i, run := range runs {
		if run.Seed == seed && (found == nil || found.State != store.Finished && run.State == store.Finished) {
			found = &runs[i]
		}
	}
	return found
}
