package stats

import (
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/random"
	"gonum.org/v1/gonum/stat"
)

// Bootstrap returns the percentile bootstrap interval of the mean (Efron,
// "Bootstrap Methods: Another Look at the Jackknife", 1979): unlike Student's
// it asks for no normal distribution, but with few values it is too narrow.
// The same seed gives the same interval. It needs two values or more, and
// 1,000 resamples are usual.
func Bootstrap(values []float64, confidence float64, resamples int, seed uint64) (lower, upper float64, err error) {
	if err := checkSample(values, confidence); err != nil {
		return 0, 0, err
	}
	if len(values) < 2 || resamples < 1 {
		return 0, 0, fmt.Errorf("bootstrap of %d values with %d resamples; at least 2 values and 1 resample are needed", len(values), resamples)
	}
	stream := random.ForPath(seed, "stats/bootstrap")
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range values {
			sum += values[stream.IntN(len(values))]
		}
		means[i] = sum / float64(len(values))
	}
	slices.Sort(means)
	tail := (1 - confidence) / 2
	return stat.Quantile(tail, stat.Empirical, means, nil), stat.Quantile(1-tail, stat.Empirical, means, nil), nil
}
