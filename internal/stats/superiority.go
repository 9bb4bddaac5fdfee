package stats

import "gonum.org/v1/gonum/stat/distuv"

// Superiority is how likely the first method beats the second when both are
// run once more (Bouthillier et al., "Accounting for Variance in Machine
// Learning Benchmarks", 2021, arXiv:2103.03098, §4).
type Superiority struct {
	// Probability is the share of seeds on which the first scores higher; a tie
	// counts as half.
	Probability float64
	// Lower and Upper are the ends of its interval, by Clopper and Pearson
	// (1934). The paper's bootstrap interval has no width where one method wins
	// on all seeds, which with few seeds is common.
	Lower, Upper float64
}

// Outperforms returns the probability that a further paired difference is
// positive, with an interval of that confidence.
func Outperforms(differences []float64, confidence float64) (Superiority, error) {
	if err := checkSample(differences, confidence); err != nil {
		return Superiority{}, err
	}
	wins, n := 0.0, float64(len(differences))
	for _, d := range differences {
		switch {
		case d > 0:
			wins++
		case d == 0:
			wins += 0.5
		}
	}
	s := Superiority{Probability: wins / n, Lower: 0, Upper: 1}
	tail := (1 - confidence) / 2
	if wins > 0 {
		s.Lower = distuv.Beta{Alpha: wins, Beta: n - wins + 1}.Quantile(tail)
	}
	if wins < n {
		s.Upper = distuv.Beta{Alpha: wins + 1, Beta: n - wins}.Quantile(1 - tail)
	}
	return s, nil
}
