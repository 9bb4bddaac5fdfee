package compare

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Factors are what the seeds of a run decide, in the order of stats.Components.
var Factors = []string{"weights", "order", "views"}

// Variance says where the variance of one method's score comes from.
type Variance struct {
	Table
	Backbone, Method string
	Runs             int
	Mean             float64
	stats.Components         // by Factors
	Samples          float64 // variance that the choice of test samples makes; NaN where no guesses are recorded
	// Note says why there are no components; empty where there are.
	Note string
}

// Variances splits the variance of the selected scores into what the seeds of
// weights, order and views make, and the test samples. Runs that differ in
// nothing but seeds belong together; baselines have no order and no views, and
// are left out.
func Variances(ctx context.Context, s *store.Store, f store.Filter) ([]Variance, error) {
	read := reader{store: s, guesses: map[guessKey]store.Guesses{}}
	tables, err := read.tables(ctx, f)
	if err != nil {
		return nil, err
	}
	seeds := map[int64]seeded{}
	var all []Variance
	for _, t := range tables {
		groups, order := map[string][]store.Score{}, []string(nil)
		for _, row := range t.rows {
			if baseline.Is(row.setting.Method) {
				continue
			}
			for _, seed := range slices.Sorted(maps.Keys(row.runs)) {
				score := row.runs[seed]
				if _, known := seeds[score.Run]; !known {
					if seeds[score.Run], err = readSeeds(ctx, s, score); err != nil {
						return nil, err
					}
				}
				key := row.backbone + "\n" + row.setting.Method + "\n" + seeds[score.Run].setting
				if groups[key] == nil {
					order = append(order, key)
				}
				groups[key] = append(groups[key], score)
			}
		}
		for _, key := range order {
			v, err := read.variance(ctx, t, groups[key], seeds)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
	}
	return all, nil
}

func (r reader) variance(ctx context.Context, t table, scores []store.Score, seeds map[int64]seeded) (Variance, error) {
	v := Variance{
		Table: t.Table, Backbone: scores[0].Backbone, Method: scores[0].Method, Runs: len(scores), Samples: math.NaN(),
	}
	values, levels := make([]float64, len(scores)), make([][]uint64, len(scores))
	rows := make([][]float64, len(scores))
	for i, score := range scores {
		values[i], levels[i] = score.Value, seeds[score.Run].levels
		v.Mean += score.Value / float64(len(scores))
		g, err := r.read(ctx, score.Run, t.Protocol)
		if err != nil {
			return v, err
		}
		rows[i] = g.Right
	}
	if t.Metric == "top1" && len(rows[0]) > 1 && !slices.ContainsFunc(rows, func(row []float64) bool {
		return len(row) != len(rows[0])
	}) {
		d, err := stats.CrossedDifference(rows)
		if err != nil {
			return v, err
		}
		v.Samples = d.SampleVariance
	}
	var err error
	if v.Components, err = stats.VarianceComponents(values, levels); err != nil {
		v.Note = err.Error()
	}
	return v, nil
}

// seeded is what a run's seeds are, and what else it is configured by.
type seeded struct {
	levels  []uint64 // by Factors
	setting string
}

func readSeeds(ctx context.Context, s *store.Store, score store.Score) (seeded, error) {
	params, err := s.Params(ctx, score.Run)
	if err != nil {
		return seeded{}, err
	}
	run := seeded{levels: []uint64{score.Seed, score.Seed, score.Seed}}
	var setting strings.Builder
	for _, p := range params {
		name, ofSeeds := strings.CutPrefix(p.Key, "seeds.")
		switch factor := slices.Index(Factors, name); {
		case ofSeeds && factor >= 0:
			if seed, given := p.Value.(int64); given {
				run.levels[factor] = uint64(seed)
			}
		case p.Key == "seeds" || p.Key == "seed" || p.Key == "study" || p.Key == "train.workers" ||
			strings.HasPrefix(p.Key, "train.checkpoint."):
		default:
			fmt.Fprintf(&setting, "%s=%v\n", p.Key, p.Value)
		}
	}
	run.setting = setting.String()
	return run, nil
}
