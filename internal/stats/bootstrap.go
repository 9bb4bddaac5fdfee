package stats

import (
	"fmt"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/random"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Bootstrap returns the bias-corrected and accelerated bootstrap interval of
// the mean (BCa; Efron, "Better Bootstrap Confidence Intervals", JASA 82,
// 1987): unlike Student's it asks for no normal distribution and need not be
// symmetric, but it is too narrow for few values, so that fewer than
// [BootstrapLeast] are refused: of 8 normal values it covers 88 %, of 10 90 %. The same seed gives the same interval;
// 10,000 resamples are usual. Values that are all equal have no interval: NaN.
func Bootstrap(values []float64, confidence float64, resamples int, seed uint64) (lower, upper float64, err error) {
	if err := checkSample(values, confidence); err != nil {
		return 0, 0, err
	}
	if len(values) < BootstrapLeast || resamples < 1 {
		return 0, 0, fmt.Errorf("bootstrap of %d values with %d resamples; at least %d values and 1 resample are needed",
			len(values), resamples, BootstrapLeast)
	}
	mean := stat.Mean(values, nil)
	stream := random.ForPath(seed, "stats/bootstrap")
	means := make([]float64, resamples)
	below := 0.0 // resamples whose mean is smaller, half of those where it is equal
	for i := range means {
		means[i] = resampledMean(values, stream)
		below += before(means[i], mean)
	}
	slices.Sort(means)
	bias := unitNormal.Quantile(below / float64(resamples))
	acceleration := jackknifeSkew(values, mean)
	end := func(tail float64) float64 {
		shifted := bias + unitNormal.Quantile(tail)
		level := unitNormal.CDF(bias + shifted/(1-acceleration*shifted))
		if math.IsNaN(level) {
			return math.NaN()
		}
		return stat.Quantile(level, stat.LinInterp, means, nil)
	}
	tail := (1 - confidence) / 2
	return end(tail), end(1 - tail), nil
}

// BootstrapLeast is the number of values from which on a bootstrap interval is
// offered, the first at which it is known to cover 93 %.
const BootstrapLeast = 20

func resampledMean(values []float64, stream *random.Stream) float64 {
	sum := 0.0
	for range values {
		sum += values[stream.IntN(len(values))]
	}
	return sum / float64(len(values))
}

// before is 1 where a < b, ½ where they are equal but for rounding, else 0.
func before(a, b float64) float64 {
	switch {
	case math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)):
		return 0.5
	case a < b:
		return 1
	}
	return 0
}

// jackknifeSkew is the acceleration of BCa.
func jackknifeSkew(values []float64, mean float64) float64 {
	var squares, cubes float64
	for _, v := range values {
		d := v - mean // in proportion to the mean less that without v
		squares += d * d
		cubes += d * d * d
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

var unitNormal = distuv.UnitNormal
