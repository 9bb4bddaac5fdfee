package compare

import (
	"math"

	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Verdict is what is known of the first of two methods.
type Verdict string

// The verdicts. Undecided is no equality: the data do not tell.
const (
	Better     Verdict = "better"
	Worse      Verdict = "worse"
	Equivalent Verdict = "equivalent" // within the margin
	Undecided  Verdict = "undecided"
)

// Tests that verdicts stand on.
const (
	Crossed = "crossed" // for new seeds and new test samples
	Student = "student" // for new seeds, where no guesses of samples are recorded
	Anytime = "anytime" // as Crossed, valid although one looked after every seed
	McNemar = "mcnemar" // of two networks, from one seed
	None    = "none"    // too little to test
)

// Setting is a method with its configuration, of which seeds are repetitions.
type Setting struct{ Method, ConfigHash string }

// Table is what pairs are made within: Holm's correction is over all pairs of
// a table, of all its backbones.
type Table struct {
	Study, Dataset, Protocol, Kind, Metric string
	Unit                                   string // of the metric; "fraction" is printed in percent
	LowerIsBetter                          bool
}

// Pair compares two settings on one backbone.
type Pair struct {
	Table
	Backbone      string
	First, Second Setting
	Estimate      stats.Difference // first minus second
	Lower, Upper  float64          // of the 95 % interval; NaN where there is none
	P, Holm       float64          // NaN where there is no test
	Test          string
	Verdict       Verdict // of the first
	Margin        float64 // within which both count as equivalent; 0 for none
	// SeedsNeeded would tell a difference of the margin (without one, of the size
	// seen) with the power planned for; 0 where no number of seeds would, and
	// then as many SamplesNeeded of the test split at least.
	SeedsNeeded, SamplesNeeded int
	// SeedsForSeen would tell the difference seen, if it is the true one; 0 where
	// no number of seeds would, or where the margin is larger.
	SeedsForSeen int
	SignFlip     float64 // p of the exact permutation test
	// LowerBCa and UpperBCa are the ends of the bootstrap interval; NaN for fewer seeds than [stats.BootstrapLeast].
	LowerBCa, UpperBCa float64
	Wins               stats.Superiority // of the first
	Note               string            // what to know about it; may be empty

	equivalence float64 // p-value
}

// HalfWidth is half of the interval; NaN where there is none.
func (p Pair) HalfWidth() float64 { return (p.Upper - p.Lower) / 2 }

// Of says whether the pair has both settings.
func (p Pair) Of(a, b Setting) bool {
	return p.First == a && p.Second == b || p.First == b && p.Second == a
}

// Turned is the same comparison with the second setting first.
func (p Pair) Turned() Pair {
	p.First, p.Second = p.Second, p.First
	p.Estimate.Mean = -p.Estimate.Mean
	p.Lower, p.Upper = -p.Upper, -p.Lower
	p.LowerBCa, p.UpperBCa = -p.UpperBCa, -p.LowerBCa
	p.Wins = stats.Superiority{Probability: 1 - p.Wins.Probability, Lower: 1 - p.Wins.Upper, Upper: 1 - p.Wins.Lower}
	switch p.Verdict {
	case Better:
		p.Verdict = Worse
	case Worse:
		p.Verdict = Better
	}
	return p
}

// Decided says whether one is better than the other.
func (p Pair) Decided() bool { return p.Verdict == Better || p.Verdict == Worse }

// Row is the pair for the store.
func (p Pair) Row() store.PairRow {
	return store.PairRow{
		Study: p.Study, Dataset: p.Dataset, Backbone: p.Backbone, Protocol: p.Protocol, Metric: p.Metric,
		First: p.First.Method, FirstHash: p.First.ConfigHash, Second: p.Second.Method, SecondHash: p.Second.ConfigHash,
		N: p.Estimate.Seeds, Samples: p.Estimate.Samples, Difference: p.Estimate.Mean, Lower: p.Lower, Upper: p.Upper,
		P: p.P, PHolm: p.Holm, Test: p.Test, Verdict: string(p.Verdict), Margin: p.Margin,
		SeedsNeeded: p.SeedsNeeded, SamplesNeeded: p.SamplesNeeded, PSignFlip: p.SignFlip,
		Wins: p.Wins.Probability, WinsLower: p.Wins.Lower, WinsUpper: p.Wins.Upper,
		LowerBCa: p.LowerBCa, UpperBCa: p.UpperBCa, Note: p.Note,
	}
}

// untested is a pair of which nothing is known.
func untested(table Table, backbone string, first, second Setting, note string) Pair {
	nan := math.NaN()
	return Pair{
		Table: table, Backbone: backbone, First: first, Second: second, Estimate: stats.Difference{Mean: nan},
		Lower: nan, Upper: nan, P: nan, Holm: nan, Test: None, Verdict: Undecided, SignFlip: nan,
		LowerBCa: nan, UpperBCa: nan,
		Wins: stats.Superiority{Probability: nan, Lower: nan, Upper: nan}, Note: note, equivalence: nan,
	}
}
