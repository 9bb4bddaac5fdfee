package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Ranks returns the ranks of values, 1 for the largest; ties share the mean of
// their ranks.
func Ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to+1) / 2
		}
		from = to
	}
	return ranks
}

// Ranking is how methods rank over several blocks, such as data sets or backbones.
type Ranking struct {
	Mean []float64 // rank of every method, 1 is best, averaged over the blocks
	// Statistic and P are Friedman's χ² and its p-value for no difference among
	// the methods. With few blocks or methods the p-value is rough.
	Statistic, P float64
}

// Friedman ranks the methods within each block and tests whether they differ
// at all (Friedman 1937; for machine learning Demšar, "Statistical Comparisons
// of Classifiers over Multiple Data Sets", 2006, §3.2.2), with the correction
// for ties. blocks are the scores of all methods, the higher the better, one
// slice a block: at least two blocks and two methods.
func Friedman(blocks [][]float64) (Ranking, error) {
	if len(blocks) < 2 || len(blocks[0]) < 2 {
		return Ranking{}, fmt.Errorf(
			"ranks over %d data sets or backbones; at least 2 of them and 2 methods are needed", len(blocks),
		)
	}
	n, k := float64(len(blocks)), float64(len(blocks[0]))
	r := Ranking{Mean: make([]float64, len(blocks[0]))}
	ties := 0.0
	for i, block := range blocks {
		if len(block) != len(r.Mean) {
			return Ranking{}, fmt.Errorf("ranks: block %d has %d methods, block 0 has %d; rank those that all blocks have",
				i, len(block), len(r.Mean))
		}
		ranks := Ranks(block)
		for m, rank := range ranks {
			r.Mean[m] += rank / n
		}
		ties += tied(ranks)
	}
	squares := 0.0
	for _, mean := range r.Mean {
		squares += mean * mean
	}
	correction := 1 - ties/(n*k*(k*k-1))
	if correction <= 0 { // all scores are equal
		r.P = 1
		return r, nil
	}
	r.Statistic = (12*n/(k*(k+1))*squares - 3*n*(k+1)) / correction
	r.P = distuv.ChiSquared{K: k - 1}.Survival(math.Max(0, r.Statistic))
	return r, nil
}

// tied is the sum over groups of tied ranks of t³ - t.
func tied(ranks []float64) float64 {
	sorted := slices.Sorted(slices.Values(ranks))
	sum := 0.0
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		t := float64(to - from)
		sum += t*t*t - t
		from = to
	}
	return sum
}

// signedRankExact is the number of differences up to which the distribution of
// the signed rank is enumerated.
const signedRankExact = 50

// Wilcoxon is the two-sided p-value of the signed-rank test of paired
// differences (Wilcoxon 1945; recommended with Holm's correction instead of
// Nemenyi's ranks by Benavoli, Corani and Mangili, "Should We Really Use
// Post-Hoc Tests Based on Mean-Ranks?", 2016). Differences of 0 are left out.
// Up to 50 the distribution is exact, with ties as they are; beyond it is the
// normal one with the correction for ties.
func Wilcoxon(differences []float64) (p float64, err error) {
	if err := checkSample(differences, 0.95); err != nil {
		return 0, err
	}
	var sizes, signs []float64
	for _, d := range differences {
		if d != 0 {
			sizes, signs = append(sizes, -math.Abs(d)), append(signs, d) // the smallest has rank 1
		}
	}
	n := len(sizes)
	if n == 0 {
		return 1, nil
	}
	ranks := Ranks(sizes)
	positive, total := 0.0, 0.0
	for i, rank := range ranks {
		total += rank
		if signs[i] > 0 {
			positive += rank
		}
	}
	if n > signedRankExact {
		m := float64(n)
		variance := m*(m+1)*(2*m+1)/24 - tied(ranks)/48
		return 2 * unitNormal.CDF(-math.Abs(positive-total/2)/math.Sqrt(variance)), nil
	}
	return signedRankTails(ranks, math.Abs(positive-total/2)), nil
}

// signedRankTails is the probability that the sum of the ranks with a positive
// sign is as far from its mean or farther.
func signedRankTails(ranks []float64, far float64) float64 {
	doubled, top := make([]int, len(ranks)), 0 // half ranks become whole
	for i, rank := range ranks {
		doubled[i] = int(math.Round(2 * rank))
		top += doubled[i]
	}
	ways := make([]float64, top+1)
	ways[0] = 1
	for _, rank := range doubled {
		for sum := top; sum >= rank; sum-- {
			ways[sum] += ways[sum-rank]
		}
	}
	extreme := 0.0
	for sum, count := range ways {
		if math.Abs(float64(sum)/2-float64(top)/4) >= far-1e-9 {
			extreme += count
		}
	}
	return math.Min(1, extreme/math.Pow(2, float64(len(ranks))))
}

// ImprovementProbability is how likely a run of the first method beats a run of
// the second, averaged over data sets or backbones (Agarwal et al., "Deep
// Reinforcement Learning at the Edge of the Statistical Precipice", 2021,
// arXiv:2108.13264, §4.3): first[b] and second[b] are the scores of block b,
// not paired; a tie counts as half.
func ImprovementProbability(first, second [][]float64) (float64, error) {
	if len(first) == 0 || len(first) != len(second) {
		return 0, fmt.Errorf("probability of improvement over %d and %d data sets or backbones; both methods need the "+
			"same, at least one", len(first), len(second))
	}
	blocks := make([]float64, len(first))
	for b := range first {
		if len(first[b]) == 0 || len(second[b]) == 0 {
			return 0, fmt.Errorf("probability of improvement: block %d has %d and %d scores; at least one of each is needed",
				b, len(first[b]), len(second[b]))
		}
		for _, x := range first[b] {
			for _, y := range second[b] {
				if x > y {
					blocks[b]++
				} else if x == y {
					blocks[b] += 0.5
				}
			}
		}
		blocks[b] /= float64(len(first[b]) * len(second[b]))
	}
	return stat.Mean(blocks, nil), nil
}
