package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Difference is an estimate of how far two methods are apart, for new seeds and
// new test samples. Its error has two parts: the seeds, each of which is
// another pair of trainings, and the test samples, which all seeds share. More
// seeds make the first smaller, only more test samples the second.
type Difference struct {
	Mean  float64 // over the seeds, first minus second
	Seeds int
	// SeedVariance is the part of the mean's variance that the seeds make: their
	// variance divided by their number, what Student's interval stands on; NaN
	// for one seed.
	SeedVariance float64
	// Samples is the number of test samples; 0 where only the scores are known,
	// so that the estimate is for these test samples.
	Samples int
	// SampleVariance is the part of the mean's variance that the choice of test
	// samples makes; 0 where it is not known.
	SampleVariance float64
}

// SeedDifference is the estimate from paired differences of scores, one a seed.
func SeedDifference(differences []float64) (Difference, error) {
	if err := checkSample(differences, 0.95); err != nil {
		return Difference{}, err
	}
	mean, variance := stat.MeanVariance(differences, nil) // NaN for one value
	n := len(differences)
	return Difference{Mean: mean, Seeds: n, SeedVariance: unrounded(variance, differences) / float64(n)}, nil
}

// unrounded is the variance of values, but 0 where only rounding makes them differ.
func unrounded(variance float64, values []float64) float64 {
	largest := 0.0
	for _, v := range values {
		largest = math.Max(largest, math.Abs(v))
	}
	if math.Sqrt(variance) <= 1e-9*largest {
		return 0
	}
	return variance
}

// CrossedDifference is the estimate from differences by seed and test sample,
// such as 1 where only the first method is right, -1 where only the second is,
// and 0 else. Every seed has the same samples, so that both are crossed random
// effects: seed s and sample i differ by
//
//	mean + seed(s) + sample(i) + both(s, i),
//
// whose variances are estimated by the mean squares of the two-way table
// (Henderson 1953; for questions of a benchmark Miller, "Adding Error Bars to
// Evals", 2024, arXiv:2411.00640, §4, whose paired differences these are). With
// one seed SeedVariance is NaN. It needs two samples.
func CrossedDifference(differences [][]float64) (Difference, error) {
	seeds := len(differences)
	if seeds == 0 {
		return Difference{}, fmt.Errorf("crossed differences of no seeds; at least one is needed")
	}
	samples := len(differences[0])
	if samples < 2 {
		return Difference{}, fmt.Errorf("crossed differences of %d test samples; at least 2 are needed", samples)
	}
	bySample, squares := make([]float64, samples), 0.0
	bySeed := make([]float64, seeds)
	for s, row := range differences {
		if len(row) != samples {
			return Difference{}, fmt.Errorf(
				"crossed differences: seed %d has %d test samples, seed 0 has %d; all must have the same", s, len(row), samples,
			)
		}
		for i, d := range row {
			bySeed[s] += d / float64(samples)
			bySample[i] += d / float64(seeds)
			squares += d * d
		}
	}
	n, k := float64(samples), float64(seeds)
	mean, ofSamples := stat.MeanVariance(bySample, nil) // of the samples' means: MS/k
	d := Difference{Mean: mean, Seeds: seeds, Samples: samples, SeedVariance: math.NaN(), SampleVariance: ofSamples / n}
	if seeds == 1 {
		return d, nil
	}
	ofSeeds := unrounded(stat.Variance(bySeed, nil), bySeed) // of the seeds' means: MS/n
	rest := squares - n*k*mean*mean - n*(k-1)*ofSeeds - k*(n-1)*ofSamples
	both := math.Max(0, rest) / ((n - 1) * (k - 1))
	d.SeedVariance = ofSeeds / k
	if d.SeedVariance == 0 { // seeds that agree by chance, as scores of few samples do
		d.SeedVariance = both / (n * k)
	}
	d.SampleVariance = math.Max(0, k*ofSamples-both) / (n * k)
	return d, nil
}

// critical is what the standard error is multiplied by at a two-sided level:
// Student's quantiles of both parts, weighted by their variances (Cochran,
// "Approximate Significance Levels of the Behrens-Fisher Test", 1964). It is
// exact where one part is all there is. Satterthwaite's degrees of freedom
// instead cover 92 % only with three seeds.
func (d Difference) critical(level float64) float64 {
	of := func(variance float64, n int) float64 {
		if variance == 0 {
			return 0
		}
		return -variance * studentT(n-1).Quantile(level/2)
	}
	return (of(d.SeedVariance, d.Seeds) + of(d.SampleVariance, d.Samples)) / d.variance()
}

func (d Difference) variance() float64 { return d.SeedVariance + d.SampleVariance }

// HalfWidth is half of the interval of that confidence; NaN for one seed, and
// where no two values differ, which leaves nothing to learn the spread from.
func (d Difference) HalfWidth(confidence float64) float64 {
	if d.Seeds < 2 || d.variance() == 0 {
		return math.NaN()
	}
	return d.critical(1-confidence) * math.Sqrt(d.variance())
}

// P is the two-sided p-value for a true difference of that size; NaN for one
// seed. Where no two values differ it is that of the sign-flip test.
func (d Difference) P(difference float64) float64 {
	far := math.Abs(d.Mean - difference)
	switch {
	case d.Seeds < 2:
		return math.NaN()
	case far == 0:
		return 1
	case d.variance() == 0:
		return math.Pow(2, float64(1-d.Seeds))
	}
	return levelOf(far, func(level float64) float64 { return d.critical(level) * math.Sqrt(d.variance()) })
}

// leastP is the smallest p-value that is told apart from 0.
const leastP = 1e-15

// levelOf returns the level at which a half width, which falls with it, is as
// wide as that.
func levelOf(width float64, halfWidth func(level float64) float64) float64 {
	if halfWidth(leastP) <= width {
		return leastP
	}
	low, high := math.Log(leastP), 0.0 // of the level
	for high-low > 1e-12 {
		if middle := (low + high) / 2; halfWidth(math.Exp(middle)) > width {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(high)
}

// Equivalence is the p-value of two one-sided tests (Schuirmann 1987) for a
// true difference of the margin or more in either direction: small where the
// methods are equivalent within it. NaN for one seed; 1 for a margin of 0.
func (d Difference) Equivalence(margin float64) float64 {
	switch {
	case d.Seeds < 2:
		return math.NaN()
	case math.Abs(d.Mean) >= margin:
		return 1
	}
	return math.Max(d.P(margin), d.P(-margin)) / 2
}
