package compare

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Options say what is to be decided. Their zero value has no margin and no baseline.
type Options struct {
	// Margin is the difference within which methods count as equivalent, and for
	// which seeds are planned: of metrics that are fractions, such as 0.005 for
	// half a point. 0 means that nothing is called equivalent.
	Margin float64
	// Baseline is the method that is always the second of a pair, such as
	// "untrained"; empty for none.
	Baseline string
	// Against is the one method that every other is compared with; empty to compare
	// all with each other. It is the second of each pair.
	Against string
}

// wants reports whether a pair is one of those to compare.
func (o Options) wants(first, second Setting) bool {
	return o.Against == "" || (first.Method == o.Against) != (second.Method == o.Against)
}

// DefaultMargin is half a point of accuracy.
const DefaultMargin = 0.005

const (
	level      = 0.05 // of all verdicts of a kind in a table
	confidence = 1 - level
	power      = 0.8  // of plans
	mostSeeds  = 1000 // that are planned for

	bootstrapResamples = 10000
)

// Study compares every pair of settings that the filter selects, on the same
// study, data set, backbone, protocol and metric, the better one first. The
// corrections for many pairs are over what is selected: select whole tables, or
// the method that the others are held against before their results are seen.
//
// "Better" and "worse" together hold Holm's level over a table, and so does
// "equivalent", which is tested only of pairs that are not told apart.
func Study(ctx context.Context, s *store.Store, f store.Filter, o Options) ([]Pair, error) {
	read := reader{store: s, guesses: map[guessKey]store.Guesses{}}
	tables, err := read.tables(ctx, f)
	if err != nil {
		return nil, err
	}
	var all []Pair
	for _, t := range tables {
		_, raced, err := s.Race(ctx, t.Study)
		if err != nil {
			return nil, err
		}
		var pairs []Pair
		for j, second := range t.rows {
			for _, first := range t.rows[:j] {
				if first.backbone != second.backbone || !o.wants(first.setting, second.setting) {
					continue
				}
				pair, err := read.pair(ctx, t, first, second, o, raced)
				if err != nil {
					return nil, fmt.Errorf("comparing %s with %s on %s: %w",
						first.setting.Method, second.setting.Method, first.backbone, err)
				}
				if o.Against != "" && pair.First.Method == o.Against {
					pair = pair.Turned()
				}
				pairs = append(pairs, pair)
			}
		}
		decide(pairs)
		all = append(all, pairs...)
	}
	return all, nil
}

// decide corrects for the many pairs of a table, says the verdicts and plans.
func decide(pairs []Pair) {
	p, equivalence := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, pair := range pairs {
		p[i], equivalence[i] = pair.P, pair.equivalence
	}
	p, equivalence = stats.Holm(p), stats.Holm(equivalence)
	open := 0
	for i := range pairs {
		pair := &pairs[i]
		pair.Holm = p[i]
		switch {
		case pair.Holm <= level && (pair.Estimate.Mean > 0) != pair.LowerIsBetter:
			pair.Verdict = Better
		case pair.Holm <= level:
			pair.Verdict = Worse
		case equivalence[i] <= level:
			pair.Verdict = Equivalent
		default:
			pair.Verdict = Undecided
			open++
		}
	}
	for i := range pairs {
		pair := &pairs[i]
		if pair.Verdict != Undecided || pair.Estimate.Seeds < 2 {
			continue
		}
		seen, each := math.Abs(pair.Estimate.Mean), level/float64(open)
		pair.SeedsNeeded = pair.Estimate.SeedsFor(pair.target(), each, power, mostSeeds)
		if pair.SeedsNeeded == 0 {
			pair.SamplesNeeded = pair.Estimate.SamplesFor(pair.target(), each, power)
		}
		if seen > pair.Margin {
			pair.SeedsForSeen = pair.Estimate.SeedsFor(seen, each, power, mostSeeds)
		}
	}
}

// place is larger for what stands second: baselines do, and that of the options always.
func (o Options) place(r row) int {
	switch {
	case r.setting.Method == o.Baseline:
		return 2
	case baseline.Is(r.setting.Method):
		return 1
	}
	return 0
}

// target is the difference that seeds are planned for.
func (p Pair) target() float64 {
	if p.Margin > 0 {
		return p.Margin
	}
	return math.Abs(p.Estimate.Mean)
}

// pair compares two rows of a table over the seeds that both have.
func (r reader) pair(ctx context.Context, t table, first, second row, o Options, raced bool) (Pair, error) {
	if o.place(first) > o.place(second) {
		first, second = second, first
	}
	pair := untested(t.Table, first.backbone, first.setting, second.setting, "")
	if t.Unit == "fraction" {
		pair.Margin = o.Margin
	}
	var differences []float64
	var shared []uint64
	for _, seed := range slices.Sorted(maps.Keys(first.runs)) {
		if other, both := second.runs[seed]; both {
			shared = append(shared, seed)
			differences = append(differences, first.runs[seed].Value-other.Value)
		}
	}
	if a, b := first.backend(), second.backend(); a != b {
		pair.Note = fmt.Sprintf("computed on different backends (%s and %s): not tested; run both on one", a, b)
		return pair, nil
	}
	if len(shared) == 0 {
		pair.Note = fmt.Sprintf("no seed in common (%d and %d seeds): run both with the same seeds",
			len(first.runs), len(second.runs))
		return pair, nil
	}
	var err error
	if pair.Estimate, err = stats.SeedDifference(differences); err != nil {
		return pair, err
	}
	rows, err := r.bySample(ctx, t, first, second, shared)
	if err != nil {
		return pair, err
	}
	pair.Test = Student
	if rows != nil {
		if pair.Estimate, err = stats.CrossedDifference(rows); err != nil {
			return pair, err
		}
		pair.Test = Crossed
	}
	if len(shared) == 1 {
		return pair, pair.networks(rows)
	}
	if pair.SignFlip, err = stats.SignFlip(differences); err != nil {
		return pair, err
	}
	if len(shared) >= stats.BootstrapLeast {
		pair.LowerBCa, pair.UpperBCa, err = stats.Bootstrap(differences, confidence, bootstrapResamples, 0)
		if err != nil {
			return pair, err
		}
	}
	wins := differences
	if t.LowerIsBetter {
		wins = make([]float64, len(differences))
		for i, d := range differences {
			wins[i] = -d
		}
	}
	if pair.Wins, err = stats.Outperforms(wins, confidence); err != nil {
		return pair, err
	}
	pair.test(raced)
	return pair, nil
}

// test fills in what is tested over several seeds.
func (p *Pair) test(raced bool) {
	type estimate interface {
		HalfWidth(confidence float64) float64
		P(difference float64) float64
		Equivalence(margin float64) float64
	}
	var e estimate = p.Estimate
	if raced {
		e, p.Test = stats.Anytime{Difference: p.Estimate}, Anytime
	}
	half := e.HalfWidth(confidence)
	p.Lower, p.Upper = p.Estimate.Mean-half, p.Estimate.Mean+half
	p.P, p.equivalence = e.P(0), e.Equivalence(p.Margin)
	if math.IsNaN(half) {
		p.Note = "the difference is the same on every seed, which leaves no spread to measure: evaluate on more test samples"
	}
}

// networks fills in what one seed tells: which of two networks is better.
func (p *Pair) networks(rows [][]float64) error {
	p.Estimate.SeedVariance = math.NaN()
	if rows == nil {
		p.Test, p.Note = None, "one seed and no recorded guesses: run more seeds"
		return nil
	}
	p.Test, p.Note = McNemar, "one seed: about these two networks, not about the methods; run more seeds"
	onlyFirst, onlySecond := 0, 0
	for _, d := range rows[0] {
		if d > 0 {
			onlyFirst++
		} else if d < 0 {
			onlySecond++
		}
	}
	var err error
	p.P, err = stats.McNemar(onlyFirst, onlySecond)
	half := 1.959963984540054 * math.Sqrt(p.Estimate.SampleVariance)
	p.Lower, p.Upper = p.Estimate.Mean-half, p.Estimate.Mean+half
	return err
}
