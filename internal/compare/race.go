package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/stats"
)

// Competitor is a setting in a race, on its backbone and data set.
type Competitor struct {
	Dataset, Backbone string
	Setting
}

// Standing is how far a race has come: methods get further seeds until every
// pair of those that may still be the best is decided.
type Standing struct {
	// Behind are the competitors that another one beats, with the one that does.
	Behind map[Competitor]Setting
	// Open are the pairs that further seeds may decide: both competitors may be
	// the best, and the test samples do not forbid it.
	Open []Pair
	// OutOfReach are the pairs that no number of seeds will decide.
	OutOfReach []Pair
}

// Stand judges a race by the pairs of one kind of evaluation. Baselines do
// not take part: they cost no training, and who beats them is in the verdicts.
func Stand(pairs []Pair) Standing {
	s := Standing{Behind: map[Competitor]Setting{}}
	for _, p := range pairs {
		if p.ofBaseline() || p.Test == McNemar { // which is not about methods
			continue
		}
		switch p.Verdict {
		case Better:
			s.Behind[p.second()] = p.First
		case Worse:
			s.Behind[p.first()] = p.Second
		}
	}
	var matter []Pair
	for _, p := range pairs {
		_, first := s.Behind[p.first()]
		_, second := s.Behind[p.second()]
		if !first && !second && (p.Verdict == Undecided || p.Test == McNemar) && !p.ofBaseline() {
			matter = append(matter, p)
		}
	}
	for _, p := range matter {
		if p.outOfReach(level / float64(len(matter))) {
			s.OutOfReach = append(s.OutOfReach, p)
		} else {
			s.Open = append(s.Open, p)
		}
	}
	return s
}

func (p Pair) ofBaseline() bool { return baseline.Is(p.First.Method) || baseline.Is(p.Second.Method) }

func (p Pair) first() Competitor { return Competitor{p.Dataset, p.Backbone, p.First} }

func (p Pair) second() Competitor { return Competitor{p.Dataset, p.Backbone, p.Second} }

// outOfReach says whether the choice of the test samples alone leaves the pair
// undecided, whatever further seeds give: their part of the interval is wider
// than the margin and than what the seeds leave possible.
func (p Pair) outOfReach(level float64) bool {
	if p.Estimate.Seeds < 2 || p.Estimate.SampleVariance == 0 {
		return false
	}
	samples, seeds := p.Estimate, p.Estimate
	samples.SeedVariance, seeds.SampleVariance = 0, 0
	ofSamples := stats.Anytime{Difference: samples}.HalfWidth(1 - level)
	ofSeeds := stats.Anytime{Difference: seeds}.HalfWidth(1 - level)
	return ofSamples > p.Margin && math.Abs(p.Estimate.Mean)+ofSeeds <= ofSamples
}

// Races says whether a competitor needs a further seed: it is in an open pair.
func (s Standing) Races(c Competitor) bool {
	return slices.ContainsFunc(s.Open, func(p Pair) bool { return p.first() == c || p.second() == c })
}

// OfKind are the pairs of one kind of evaluation; without a name those of the
// k-nearest-neighbor evaluation, or where there is none of the first there is.
// Of several protocols of a kind, such as with several k, the first decides:
// a race by several would end by whichever chances to decide.
func OfKind(pairs []Pair, kind string) ([]Pair, error) {
	var known []string
	for _, p := range pairs {
		if !slices.Contains(known, p.Kind) {
			known = append(known, p.Kind)
		}
	}
	switch {
	case len(known) == 0:
		return nil, nil
	case kind == "" && slices.Contains(known, "knn"):
		kind = "knn"
	case kind == "":
		kind = known[0]
	case !slices.Contains(known, kind):
		return nil, fmt.Errorf("no evaluation %q to decide by; there are: %v", kind, known)
	}
	first := slices.IndexFunc(pairs, func(p Pair) bool { return p.Kind == kind })
	return slices.DeleteFunc(slices.Clone(pairs), func(p Pair) bool { return p.Protocol != pairs[first].Protocol }), nil
}
