package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// McNemar compares two classifiers on the same samples by those that only one
// of them gets right (McNemar 1947): the two-sided exact mid-p (Fagerland,
// Lydersen and Laake, "The McNemar test for binary matched-pairs data: mid-p
// and asymptotic are better than exact conditional", 2013). It is about these
// two classifiers, not about the methods that trained them. Without such
// samples it is 1.
func McNemar(onlyFirst, onlySecond int) (p float64, err error) {
	if onlyFirst < 0 || onlySecond < 0 {
		return 0, fmt.Errorf("McNemar's test of %d and %d samples; neither number may be negative", onlyFirst, onlySecond)
	}
	n := onlyFirst + onlySecond
	if n == 0 {
		return 1, nil
	}
	fewer := float64(min(onlyFirst, onlySecond))
	half := distuv.Binomial{N: float64(n), P: 0.5}
	if onlyFirst == onlySecond {
		return 1, nil
	}
	return 2*half.CDF(fewer) - half.Prob(fewer), nil
}
