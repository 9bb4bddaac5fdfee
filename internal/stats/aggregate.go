package stats

import (
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/random"
	"gonum.org/v1/gonum/stat"
)

// IQM is the interquartile mean of values, the mean of the middle half: less
// moved by outliers than the mean and less noisy than the median (Agarwal et
// al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
// 2021, arXiv:2108.13264, §4.3). A quarter of the values, rounded down, is left
// out at either end. It needs one value.
func IQM(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	cut := len(sorted) / 4
	return stat.Mean(sorted[cut:len(sorted)-cut], nil)
}

// StratifiedBootstrap returns the percentile interval of a statistic of all
// scores of a method, of which the seeds are drawn again within each data set or
// backbone (Agarwal et al. 2021, §4.1): blocks[b] are the scores of block b.
// The same seed gives the same interval; 2,000 resamples are usual.
func StratifiedBootstrap(
	blocks [][]float64, statistic func([]float64) float64, confidence float64, resamples int, seed uint64,
) (lower, upper float64, err error) {
	if err := checkBlocks(blocks, confidence); err != nil {
		return 0, 0, err
	}
	if resamples < 1 {
		return 0, 0, fmt.Errorf("stratified bootstrap with %d resamples; at least 1 is needed", resamples)
	}
	stream := random.ForPath(seed, "stats/stratified-bootstrap")
	drawn, values := make([]float64, resamples), []float64(nil)
	for i := range drawn {
		values = values[:0]
		for _, block := range blocks {
			for range block {
				values = append(values, block[stream.IntN(len(block))])
			}
		}
		drawn[i] = statistic(values)
	}
	slices.Sort(drawn)
	tail := (1 - confidence) / 2
	return stat.Quantile(tail, stat.LinInterp, drawn, nil), stat.Quantile(1-tail, stat.LinInterp, drawn, nil), nil
}

// PerformanceProfile returns for each threshold the share of runs, averaged
// over data sets or backbones, that score above it (Dolan and Moré 2002; the
// score distributions of Agarwal et al. 2021, §4.2).
func PerformanceProfile(blocks [][]float64, thresholds []float64) ([]float64, error) {
	if err := checkBlocks(blocks, 0.95); err != nil {
		return nil, err
	}
	profile := make([]float64, len(thresholds))
	for i, threshold := range thresholds {
		for _, block := range blocks {
			above := 0
			for _, score := range block {
				if score > threshold {
					above++
				}
			}
			profile[i] += float64(above) / float64(len(block)) / float64(len(blocks))
		}
	}
	return profile, nil
}

func checkBlocks(blocks [][]float64, confidence float64) error {
	if len(blocks) == 0 {
		return fmt.Errorf("statistics over no data sets or backbones; at least one is needed")
	}
	for b, block := range blocks {
		if err := checkSample(block, confidence); err != nil {
			return fmt.Errorf("block %d: %w", b, err)
		}
	}
	return nil
}
