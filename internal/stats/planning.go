package stats

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// Power is the chance that as many seeds would tell two methods apart, on the
// same number of test samples, if they truly differ by that much: with the
// variances of the estimate, by the test of P at that two-sided level. It is
// NaN for an estimate of one seed and for fewer than two seeds.
func (d Difference) Power(seeds int, difference, level float64) float64 {
	if d.Seeds < 2 || seeds < 2 {
		return math.NaN()
	}
	seedVariance := d.SeedVariance * float64(d.Seeds) / float64(seeds)
	if seedVariance+d.SampleVariance == 0 {
		return 1
	}
	if d.SampleVariance == 0 {
		return tPower(seeds-1, math.Abs(difference)/math.Sqrt(seedVariance), level)
	}
	// The variance that the seeds will show is χ² distributed about the true one.
	df := float64(seeds - 1)
	bySeeds, bySamples := studentT(seeds-1).Quantile(level/2), studentT(d.Samples-1).Quantile(level/2)
	spread := math.Sqrt(seedVariance + d.SampleVariance)
	given := func(quantile float64) float64 {
		seen := seedVariance * chiSquaredQuantile(df, quantile) / df
		variance := seen + d.SampleVariance
		need := -(seen*bySeeds + d.SampleVariance*bySamples) / variance * math.Sqrt(variance) // see critical
		return unitNormal.CDF((math.Abs(difference)-need)/spread) + unitNormal.CDF((-math.Abs(difference)-need)/spread)
	}
	return quad.Fixed(given, 0, 1, 24, quad.Legendre{}, 0)
}

// chiSquaredQuantile is that of the distribution with df degrees of freedom.
// It is remembered: the plans of all pairs ask for the same ones.
func chiSquaredQuantile(df, quantile float64) float64 {
	asked := [2]float64{df, quantile}
	if known, found := chiSquaredQuantiles.Load(asked); found {
		return known.(float64)
	}
	value := distuv.ChiSquared{K: df}.Quantile(quantile)
	chiSquaredQuantiles.Store(asked, value)
	return value
}

var chiSquaredQuantiles sync.Map

// tPower is the power of Student's two-sided test for a noncentrality.
func tPower(df int, noncentrality, level float64) float64 {
	if noncentrality > 30 { // beyond which the distribution is not computed well, nor needed
		return 1
	}
	t := distuv.NoncentralT{Nu: float64(df), Mu: noncentrality}
	need := studentT(df).Quantile(1 - level/2)
	return 1 - t.CDF(need) + t.CDF(-need)
}

// SeedsFor returns how many seeds would tell two methods apart with that power
// if they truly differ by that much (Cohen 1988, chapter 2, for Student's paired
// test): at the least 2 and at most that many. It is 0 if most are not enough,
// as where the test samples are too few, however many seeds there are, and if
// the estimate has one seed.
func (d Difference) SeedsFor(difference, level, power float64, most int) int {
	if !(d.Power(most, difference, level) >= power) {
		return 0
	}
	low, high := 1, most // low is not enough, high is
	for high-low > 1 {
		if middle := (low + high) / 2; d.Power(middle, difference, level) >= power {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// SamplesFor returns how many test samples would be needed so that seeds alone
// decide: as many as make the samples' part of the error so small that a
// difference of that size is seen with that power by any number of seeds. 0 if
// the samples' part is not known.
func (d Difference) SamplesFor(difference, level, power float64) int {
	if d.Samples == 0 || d.SampleVariance == 0 || difference == 0 {
		return 0
	}
	need := math.Abs(difference) / (unitNormal.Quantile(1-level/2) + unitNormal.Quantile(power))
	return int(math.Ceil(float64(d.Samples) * d.SampleVariance / (need * need)))
}
