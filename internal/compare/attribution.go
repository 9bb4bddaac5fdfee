package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Attribution says what each factor of an ablation makes of the difference of
// two configurations by one protocol and metric.
type Attribution struct {
	Table
	First, Second         string  // the configurations
	FirstMean, SecondMean float64 // of the seeds that count
	Total                 Share   // of all factors together: second minus first
	Factors               []Share // in the order of the ablation; their means add up to Total's
	Interactions          []Share // of pairs of factors, the largest first; empty where too few corners are known
	Seeds                 []uint64
	Corners               int      // whose scores entered
	Orders, AllOrders     float64  // that are averaged over, and that there are through corners that can be run
	Sampled               bool     // the orders are drawn
	Left                  []Left   // corners whose scores did not enter
	Waiting               []uint64 // seeds that do not count, since corners have no score of them
}

// Share is what one factor, a pair of factors or all of them contribute.
type Share struct {
	store.AblationFactor                  // of a pair the first one
	Other                string           // second of a pair
	Estimate             stats.Difference // over the seeds
	Lower, Upper         float64          // of the 95 % interval; NaN where there is none
	P, Holm              float64          // for nothing; NaN where there is no test
	Added, Taken         float64          // changed alone first, and alone last; NaN where unknown
}

// HalfWidth is half of the interval; NaN where there is none.
func (s Share) HalfWidth() float64 { return (s.Upper - s.Lower) / 2 }

// Decided reports whether it is told from nothing at the 5 % level after Holm's correction.
func (s Share) Decided() bool { return s.Holm <= level }

// Left is a corner that an attribution does without.
type Left struct{ Label, Why string }

// Attributions shares out the difference of a study that is an ablation, by
// every protocol and metric that the filter selects; none if the study is no
// ablation, or if no order of its factors has scores of one seed yet.
//
// Only seeds that all corners in use have count, so that every share is paired
// by seed. Corners of which no run has a score are left out, and the orders that
// pass through them with them.
func Attributions(ctx context.Context, s *store.Store, f store.Filter) ([]Attribution, error) {
	plan, found, err := s.Ablation(ctx, f.Study)
	if err != nil || !found {
		return nil, err
	}
	tables, err := (reader{store: s}).tables(ctx, f)
	if err != nil {
		return nil, err
	}
	var all []Attribution
	for _, t := range tables {
		a := Attribution{
			Table: t.Table, First: plan.First, Second: plan.Second, AllOrders: plan.AllOrders, Sampled: plan.Orders != nil,
		}
		switch err := a.compute(plan, t.rows); {
		case errors.Is(err, stats.ErrNoOrder):
		case err != nil:
			return nil, fmt.Errorf("attribution of %s in study %s: %w", t.Metric, f.Study, err)
		default:
			all = append(all, a)
		}
	}
	return all, nil
}

// compute returns stats.ErrNoOrder if too little is known.
func (a *Attribution) compute(plan store.Ablation, rows []row) error {
	scores := make([]map[uint64]store.Score, 1<<len(plan.Factors)) // by corner
	for _, corner := range plan.Corners {
		if corner.ConfigHash == "" {
			continue
		}
		for _, row := range rows {
			if row.setting.ConfigHash == corner.ConfigHash {
				scores[corner.Number] = row.runs
			}
		}
	}
	known := make([]bool, len(scores))
	for corner, of := range scores {
		known[corner] = len(of) > 0
	}
	a.leave(plan, known)
	a.chooseSeeds(scores, known)
	if len(a.Seeds) == 0 {
		return stats.ErrNoOrder
	}
	orders, err := ordersOf(plan, known)
	if err != nil {
		return err
	}
	a.Orders = orders.Count()
	values := make([][]float64, len(a.Seeds)) // by seed and corner
	for i, seed := range a.Seeds {
		values[i] = make([]float64, len(scores))
		for corner, of := range scores {
			values[i][corner] = math.NaN()
			if known[corner] {
				values[i][corner] = of[seed].Value
			}
		}
	}
	for corner := range known {
		if known[corner] && orders.Uses(corner) {
			a.Corners++
		}
	}
	return a.share(plan, orders, known, values)
}

// leave notes the corners that have no score.
func (a *Attribution) leave(plan store.Ablation, known []bool) {
	for _, corner := range plan.Corners {
		switch {
		case corner.Illegal != "":
			a.Left = append(a.Left, Left{corner.Label, corner.Illegal})
		case corner.ConfigHash != "" && !known[corner.Number]:
			a.Left = append(a.Left, Left{corner.Label, "no finished run has a score"})
		}
	}
}

// chooseSeeds takes the seeds that all known corners have scores of.
func (a *Attribution) chooseSeeds(scores []map[uint64]store.Score, known []bool) {
	seeds := map[uint64]bool{}
	for _, of := range scores {
		for seed := range of {
			seeds[seed] = true
		}
	}
	for _, seed := range slices.Sorted(maps.Keys(seeds)) {
		whole := true
		for corner, of := range scores {
			_, has := of[seed]
			whole = whole && (has || !known[corner])
		}
		if whole {
			a.Seeds = append(a.Seeds, seed)
		} else {
			a.Waiting = append(a.Waiting, seed)
		}
	}
}

// ordersOf are the orders of the plan that pass through known corners only.
func ordersOf(plan store.Ablation, known []bool) (*stats.Orders, error) {
	if plan.Orders == nil {
		return stats.AllOrders(known)
	}
	kept := slices.DeleteFunc(slices.Clone(plan.Orders), func(order []int) bool {
		corner := 0
		for _, f := range order {
			if !known[corner] {
				return true
			}
			corner |= 1 << f
		}
		return !known[corner]
	})
	return stats.SomeOrders(len(plan.Factors), kept)
}

// share fills in the shares.
func (a *Attribution) share(plan store.Ablation, orders *stats.Orders, known []bool, values [][]float64) error {
	last := len(known) - 1
	total := make([]float64, len(values))
	bySeed := make([][]float64, len(plan.Factors))
	for i, value := range values {
		a.FirstMean += value[0] / float64(len(values))
		a.SecondMean += value[last] / float64(len(values))
		total[i] = value[last] - value[0]
		for f, share := range orders.Shares(value) {
			bySeed[f] = append(bySeed[f], share)
		}
	}
	var err error
	if a.Total, err = estimated(total); err != nil {
		return err
	}
	a.Total.Holm = a.Total.P
	for f, shares := range bySeed {
		s, err := estimated(shares)
		if err != nil {
			return err
		}
		s.AblationFactor = plan.Factors[f]
		for _, value := range values {
			s.Added += (value[1<<f] - value[0]) / float64(len(values))
			s.Taken += (value[last] - value[last&^(1<<f)]) / float64(len(values))
		}
		a.Factors = append(a.Factors, s)
	}
	correct(a.Factors)
	if plan.Orders != nil {
		return nil // their corners are no square of any pair but by chance
	}
	for j := range plan.Factors {
		for i := range j {
			shares := make([]float64, len(values))
			for at, value := range values {
				shares[at] = stats.Interaction(known, value, i, j)
			}
			if math.IsNaN(shares[0]) {
				continue
			}
			s, err := estimated(shares)
			if err != nil {
				return err
			}
			s.AblationFactor, s.Other, s.Added, s.Taken = plan.Factors[i], plan.Factors[j].Name, math.NaN(), math.NaN()
			a.Interactions = append(a.Interactions, s)
		}
	}
	correct(a.Interactions)
	slices.SortStableFunc(a.Interactions, func(s, t Share) int {
		return -compareSizes(s.Estimate.Mean, t.Estimate.Mean)
	})
	return nil
}

func compareSizes(a, b float64) int {
	switch a, b = math.Abs(a), math.Abs(b); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// estimated is the share whose values by seed those are.
func estimated(values []float64) (s Share, err error) {
	if s.Estimate, err = stats.SeedDifference(values); err != nil {
		return s, err
	}
	half := s.Estimate.HalfWidth(confidence)
	s.Lower, s.Upper, s.P, s.Holm = s.Estimate.Mean-half, s.Estimate.Mean+half, s.Estimate.P(0), math.NaN()
	return s, nil
}

// correct fills in Holm's correction over the shares.
func correct(shares []Share) {
	p := make([]float64, len(shares))
	for i, s := range shares {
		p[i] = s.P
	}
	for i, holm := range stats.Holm(p) {
		shares[i].Holm = holm
	}
}
