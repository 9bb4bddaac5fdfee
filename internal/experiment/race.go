package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Race adds seeds to a study, one a round, until it decides.
type Race struct {
	Margin   float64 // methods count as equivalent within it, a fraction such as 0.005
	MaxSeeds int     // seeds at most
	Kind     string  // of the evaluation that decides, such as linear; empty for knn or what there is
	// More makes the study of a further seed.
	More func(seed uint64) (*Study, error)
	// Told is told how the race stands after each round; nil for nobody.
	Told func(seeds int, standing compare.Standing)
}

// RaceLeast is the number of seeds that a race begins with: fewer decide nothing.
const RaceLeast = 3

// RunRace runs a study and adds seeds in rounds until every pair of methods that
// may be the best is decided, equivalent within the margin, out of reach of
// seeds, or the seeds are used up. A method that another one beats gets no
// further seed (racing: Maron and Moore 1993), and neither does one whose runs
// fail. The verdicts stay valid although they are looked at after each round, and
// although a race that was cut goes on: what is finished is kept.
func (r *Runner) RunRace(ctx context.Context, study *Study, race Race, changes Changes) error {
	return r.race(ctx, study, race, func(round *Study) error { return r.RunStudy(ctx, round, changes) })
}

// race is RunRace with what makes the runs of a round.
func (r *Runner) race(ctx context.Context, study *Study, race Race, run func(round *Study) error) error {
	if err := r.Store.StartRace(ctx, study.Name, store.Race{Margin: race.Margin, MaxSeeds: race.MaxSeeds}); err != nil {
		return err
	}
	seeds := study.seeds()
	round := study
	failed := map[compare.Competitor]bool{}
	var failures []error
	for {
		if err := run(round); err != nil {
			if ctx.Err() != nil {
				return err
			}
			failures = append(failures, err)
			if err := r.findFailed(ctx, round, failed); err != nil {
				return err
			}
		}
		pairs, err := compare.Study(ctx, r.Store, store.Filter{Study: study.Name, Metric: "top1"},
			compare.Options{Margin: race.Margin, Baseline: Untrained})
		if err == nil {
			pairs, err = compare.OfKind(pairs, race.Kind)
		}
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		standing := compare.Stand(pairs)
		if race.Told != nil && len(seeds) >= RaceLeast {
			race.Told(len(seeds), standing)
		}
		if len(seeds) >= race.MaxSeeds || len(seeds) >= RaceLeast && len(standing.Open) == 0 {
			return errors.Join(failures...)
		}
		next := slices.Max(seeds) + 1
		seeds = append(seeds, next)
		more, err := race.More(next)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		all := len(seeds) <= RaceLeast
		round = &Study{Name: study.Name, Against: study.Against}
		for _, plan := range more.Plans {
			at, err := r.competitor(ctx, plan)
			if err != nil {
				return errors.Join(append(failures, err)...)
			}
			if !failed[at] && (all || standing.Races(at)) {
				round.Plans = append(round.Plans, plan)
			}
		}
		if len(round.Plans) == 0 {
			return errors.Join(failures...)
		}
	}
}

// seeds are those of the study's plans, in order.
func (s *Study) seeds() []uint64 {
	var seeds []uint64
	for _, plan := range s.Plans {
		if !slices.Contains(seeds, plan.Spec.Seed) {
			seeds = append(seeds, plan.Spec.Seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}

func (r *Runner) competitor(ctx context.Context, plan *Plan) (compare.Competitor, error) {
	p, err := r.pointOf(ctx, plan, plan.Method.Name)
	return p.competitor(), err
}

func (p point) competitor() compare.Competitor {
	return compare.Competitor{Dataset: p.info.Dataset, Backbone: p.info.Backbone,
		Setting: compare.Setting{Method: p.info.Method, ConfigHash: p.info.ConfigHash}}
}

// findFailed marks who has a plan in a round that is not finished.
func (r *Runner) findFailed(ctx context.Context, round *Study, failed map[compare.Competitor]bool) error {
	for _, plan := range round.Plans {
		p, err := r.pointOf(ctx, plan, plan.Method.Name)
		if err != nil {
			return fmt.Errorf("race: %w", err)
		}
		run, err := r.earlier(ctx, p.info)
		if err != nil {
			return fmt.Errorf("race: %w", err)
		}
		if run == nil || run.State != store.Finished {
			failed[p.competitor()] = true
		}
	}
	return nil
}
