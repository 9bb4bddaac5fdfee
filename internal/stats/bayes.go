package stats

import (
	"fmt"
	"math"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Posterior is the probability that one method is practically better than,
// equivalent to or worse than another on a further data set; they add up to 1.
type Posterior struct{ Better, Equivalent, Worse float64 }

// BayesianSignedRank compares two methods over several data sets or backbones
// with a region of practical equivalence of that half width around 0 (Benavoli,
// Corani, Demšar and Zaffalon, "Time for a Change: a Tutorial for Comparing
// Multiple Classifiers Through Bayesian Analysis", JMLR 18, 2017,
// arXiv:1606.04316, §4.2): a Dirichlet process with prior strength 0.5 on a
// difference of 0. The probabilities are shares of that many draws in which the
// region is the likeliest, and the same seed gives the same; 50,000 are usual.
func BayesianSignedRank(differences []float64, rope float64, draws int, seed uint64) (Posterior, error) {
	if err := checkSample(differences, 0.95); err != nil {
		return Posterior{}, err
	}
	if !(rope >= 0) || draws < 1 {
		return Posterior{}, fmt.Errorf(
			"bayesian signed-rank test with a region of ±%v and %d draws; want 0 or more and at least 1", rope, draws,
		)
	}
	values := append([]float64{0}, differences...)
	stream := random.ForPath(seed, "stats/bayesian-signed-rank")
	weights := make([]float64, len(values))
	var p Posterior
	for range draws {
		dirichlet(stream, weights)
		var better, equivalent, worse float64
		for i, x := range values {
			for j, y := range values {
				weight := weights[i] * weights[j]
				switch sum := x + y; {
				case sum > 2*rope:
					better += weight
				case sum < -2*rope:
					worse += weight
				default:
					equivalent += weight
				}
			}
		}
		switch {
		case better > equivalent && better > worse:
			p.Better++
		case worse > equivalent && worse > better:
			p.Worse++
		case equivalent > 0 && rope > 0:
			p.Equivalent++
		default: // without a region to be equivalent in
			p.Better += 0.5
			p.Worse += 0.5
		}
	}
	n := float64(draws)
	return Posterior{p.Better / n, p.Equivalent / n, p.Worse / n}, nil
}

// dirichlet draws weights that add up to 1: first the prior's, of strength ½,
// then one a difference.
func dirichlet(stream *random.Stream, weights []float64) {
	total := 0.0
	for i := range weights {
		if i == 0 {
			normal := stream.Normal() // of Gamma(½) half the square
			weights[i] = normal * normal / 2
		} else {
			weights[i] = -math.Log1p(-stream.Float64())
		}
		total += weights[i]
	}
	for i := range weights {
		weights[i] /= total
	}
}
