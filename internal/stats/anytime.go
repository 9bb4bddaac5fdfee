package stats

import "math"

// Anytime is the evidence about a mean that may be looked at after every value
// without losing its level: the test martingale of Wang and Ramdas, "Anytime-
// valid t-tests and confidence sequences for Gaussian means with unknown
// variance", 2023, arXiv:2310.03722, §4, whose mixture over the standardized
// mean is normal with variance [AnytimePrior]. For n values it is, with t
// Student's statistic and a = 1/(1 + n·prior),
//
//	√a · ((1 + t²/(n-1)) / (1 + a·t²/(n-1)))^(n/2).
//
// The intervals that it inverts to cover the mean at all n at once, so that an
// analysis may stop for any reason.
type Anytime struct {
	Difference
}

// AnytimePrior is the variance of the prior of mean over standard deviation. It
// changes how soon a mean is told from 0, never how often falsely: 10 lets three
// seeds decide where differences are many times their spread.
const AnytimePrior = 10

// P is the anytime-valid p-value for a true difference of that size: one over
// the martingale, or 1. Beside the seeds the test samples enter as in
// [Difference], with their normal quantile.
func (a Anytime) P(difference float64) float64 {
	far := math.Abs(a.Mean - difference)
	switch {
	case a.Seeds < 2:
		return math.NaN()
	case far == 0:
		return 1
	case a.variance() == 0:
		return math.Pow(2, float64(1-a.Seeds))
	}
	return levelOf(far, a.halfWidth)
}

// HalfWidth is half of the interval of that confidence; infinite where so few
// seeds can exclude nothing, NaN for one seed.
func (a Anytime) HalfWidth(confidence float64) float64 {
	if a.Seeds < 2 || a.variance() == 0 {
		return math.NaN()
	}
	return a.halfWidth(1 - confidence)
}

// halfWidth adds the squares of both parts' half widths (Howe 1974).
func (a Anytime) halfWidth(level float64) float64 {
	seeds := a.radius(level) * math.Sqrt(a.SeedVariance)
	samples := 0.0
	if a.SampleVariance > 0 {
		samples = -studentT(a.Samples-1).Quantile(level/2) * math.Sqrt(a.SampleVariance)
	}
	return math.Hypot(seeds, samples)
}

// radius is the largest |t| that the martingale does not exclude at a level.
func (a Anytime) radius(level float64) float64 {
	n := float64(a.Seeds)
	shrink := 1 / (1 + n*AnytimePrior)
	bound := math.Pow(1/(level*level*shrink), 1/n)
	if shrink*bound >= 1 {
		return math.Inf(1)
	}
	return math.Sqrt((n - 1) * (bound - 1) / (1 - shrink*bound))
}

// Equivalence is the p-value for a true difference of the margin or more in
// either direction.
func (a Anytime) Equivalence(margin float64) float64 {
	switch {
	case a.Seeds < 2:
		return math.NaN()
	case math.Abs(a.Mean) >= margin:
		return 1
	}
	return math.Max(a.P(margin), a.P(-margin))
}
