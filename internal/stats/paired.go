package stats

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired compares two methods over the seeds that both have. With one seed the
// two start from the same weights and see the same views, so that the
// differences vary less than the scores do.
type Paired struct {
	// Difference summarizes first minus second, seed by seed.
	Difference Summary
	// T and P are Student's paired t statistic and its two-sided p-value, for
	// no difference in the mean; NaN for one seed. If all differences are
	// equal, T is infinite and P 0, or, if all are zero, T is 0 and P 1.
	T, P float64
	// Higher, Lower and Ties count the seeds by the sign of the difference.
	Higher, Lower, Ties int
	// SignP is the two-sided p-value of the exact sign test, which ignores
	// ties and asks nothing of the distribution; 1 if all are ties.
	SignP float64
}

// Compare pairs the scores of two methods by seed, with an interval of that
// confidence for the mean difference. Seeds that only one of them has are left
// out; it is an error if none remains or if a score is not finite.
func Compare(first, second map[uint64]float64, confidence float64) (Paired, error) {
	var differences []float64
	for _, seed := range slices.Sorted(maps.Keys(first)) {
		if other, both := second[seed]; both {
			differences = append(differences, first[seed]-other)
		}
	}
	if len(differences) == 0 {
		return Paired{}, fmt.Errorf("paired comparison: no seed in common (%d and %d seeds); run both with the same seeds", len(first), len(second))
	}
	summary, err := Summarize(differences, confidence)
	if err != nil {
		return Paired{}, fmt.Errorf("paired comparison: %w", err)
	}
	p := Paired{Difference: summary}
	p.T, p.P = tTest(summary)
	for _, d := range differences {
		switch {
		case d > 0:
			p.Higher++
		case d < 0:
			p.Lower++
		default:
			p.Ties++
		}
	}
	p.SignP = signTest(p.Higher, p.Lower)
	return p, nil
}

// tTest is the one-sample t-test for the mean 0.
func tTest(s Summary) (t, p float64) {
	switch {
	case s.N == 1:
		return math.NaN(), math.NaN()
	case s.Mean == 0:
		return 0, 1
	}
	t = s.Mean / (s.Std / math.Sqrt(float64(s.N)))
	return t, 2 * studentT(s.N-1).CDF(-math.Abs(t))
}

// signTest returns the two-sided p-value of that many positive and negative
// signs, if both are equally likely.
func signTest(positive, negative int) float64 {
	n := positive + negative
	if n == 0 {
		return 1
	}
	half := distuv.Binomial{N: float64(n), P: 0.5}
	return math.Min(1, 2*half.CDF(float64(min(positive, negative))))
}
