package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Summary describes a sample, such as the scores of one method over its seeds.
type Summary struct {
	N    int // values
	Mean float64
	// Std is the sample standard deviation (divisor N-1); NaN if N is 1.
	Std float64
	// HalfWidth is half of the confidence interval of the mean by Student's t,
	// which takes the values for independent draws of a normal distribution;
	// NaN if N is 1: one value has no interval.
	HalfWidth float64
}

// Lower is the lower end of the interval; NaN if N is 1.
func (s Summary) Lower() float64 { return s.Mean - s.HalfWidth }

// Upper is the upper end of the interval; NaN if N is 1.
func (s Summary) Upper() float64 { return s.Mean + s.HalfWidth }

// Summarize returns the summary of one value or more, with an interval of that
// confidence, such as 0.95. It refuses values that are NaN or infinite.
func Summarize(values []float64, confidence float64) (Summary, error) {
	if err := checkSample(values, confidence); err != nil {
		return Summary{}, err
	}
	n := len(values)
	mean, std := stat.MeanStdDev(values, nil) // std is NaN for one value
	if n == 1 {
		return Summary{1, mean, math.NaN(), math.NaN()}, nil
	}
	return Summary{n, mean, std, studentT(n-1).Quantile((1+confidence)/2) * stat.StdErr(std, float64(n))}, nil
}

func studentT(degreesOfFreedom int) distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(degreesOfFreedom)}
}

func checkSample(values []float64, confidence float64) error {
	if len(values) == 0 {
		return fmt.Errorf("statistics of no values; at least one is needed")
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("statistics of %d values: number %d is %v, not finite", len(values), i, v)
		}
	}
	return checkConfidence(confidence)
}

func checkConfidence(confidence float64) error {
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("confidence is %v, want between 0 and 1, such as 0.95", confidence)
	}
	return nil
}
