package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// golden are the numbers of SciPy, statsmodels, rliable, autorank and baycomp
// that testdata/make.py wrote, with their versions.
type golden struct {
	Paired []struct {
		Name           string
		Differences    []float64
		T, P           float64
		SignFlip       *float64 `json:"sign_flip"`
		Wilcoxon, Wins float64
		ClopperPearson [2]float64 `json:"clopper_pearson"`
		BCa            []float64
		BayesRope      float64    `json:"bayes_rope"`
		Bayes          [3]float64 // better, equivalent, worse
	}
	McNemar []struct {
		OnlyFirst  int     `json:"only_first"`
		OnlySecond int     `json:"only_second"`
		MidP       float64 `json:"mid_p"`
	}
	Holm  struct{ P, Adjusted []float64 }
	Power []struct {
		Effect, Level, Power float64
		Seeds                int
	}
	SeedsFor []struct {
		Effect, Level, Power float64
		Seeds                int
	} `json:"seeds_for"`
	Friedman struct {
		Blocks       [][]float64
		Statistic, P float64
		AutorankP    float64   `json:"autorank_p"`
		MeanRanks    []float64 `json:"mean_ranks"`
	}
	Rliable struct {
		First, Second       [][]float64
		IQM                 float64
		IQMInterval         [2]float64 `json:"iqm_interval"`
		Improvement         float64
		Thresholds, Profile []float64
	}
	Crossed struct {
		Table                      [][]float64
		Mean, Seeds, Samples, Rest float64 // of the table; mean squares
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/statistics.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestPairedGivesTheNumbersOfOthers(t *testing.T) {
	for _, c := range readGolden(t).Paired {
		t.Run(c.Name, func(t *testing.T) {
			d, err := SeedDifference(c.Differences)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "p of Student's test", d.P(0), c.P, 1e-8)
			near(t, "p of the wilcoxon test", must(t)(Wilcoxon(c.Differences)), c.Wilcoxon, 1e-9)
			if c.SignFlip != nil {
				near(t, "p of the sign flips", must(t)(SignFlip(c.Differences)), *c.SignFlip, 1e-12)
			}
			s, err := Outperforms(c.Differences, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "probability that the first beats the second", s.Probability, c.Wins, 1e-12)
			near(t, "its lower end", s.Lower, c.ClopperPearson[0], 1e-8)
			near(t, "its upper end", s.Upper, c.ClopperPearson[1], 1e-8)
			if c.BCa != nil {
				lower, upper, err := Bootstrap(c.Differences, 0.95, 100000, 1)
				if err != nil {
					t.Fatal(err)
				}
				noise := 0.03 * stat.StdDev(c.Differences, nil) // of drawing
				near(t, "lower end of BCa", lower, c.BCa[0], noise)
				near(t, "upper end of BCa", upper, c.BCa[1], noise)
			}
			p, err := BayesianSignedRank(c.Differences, c.BayesRope, 20000, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range []float64{p.Better, p.Equivalent, p.Worse} {
				if math.Abs(got-c.Bayes[i]) > 4*math.Sqrt(0.25/20000) {
					t.Errorf("posterior %v, want %v", p, c.Bayes)
				}
			}
		})
	}
}

func TestMcNemarGivesTheMidP(t *testing.T) {
	for _, c := range readGolden(t).McNemar {
		near(t, fmt.Sprintf("p of %d and %d", c.OnlyFirst, c.OnlySecond),
			must(t)(McNemar(c.OnlyFirst, c.OnlySecond)), c.MidP, 1e-9)
	}
}

func TestHolmGivesTheNumbersOfStatsmodels(t *testing.T) {
	g := readGolden(t).Holm
	for i, p := range Holm(g.P) {
		near(t, fmt.Sprint("adjusted ", g.P[i]), p, g.Adjusted[i], 1e-12)
	}
}

// Without a part of the test samples the plan is that of Student's test.
func TestPlanningGivesTheNumbersOfStatsmodels(t *testing.T) {
	g := readGolden(t)
	unit := Difference{Seeds: 4, SeedVariance: 1. / 4} // paired differences with variance 1
	for _, c := range g.Power {
		near(
			t, fmt.Sprintf("power of %d seeds for %v", c.Seeds, c.Effect), unit.Power(c.Seeds, c.Effect, c.Level), c.Power, 1e-6,
		)
	}
	for _, c := range g.SeedsFor {
		if got := unit.SeedsFor(c.Effect, c.Level, c.Power, 1000); got != c.Seeds {
			t.Errorf("%d seeds for %v at power %v and level %v, want %d", got, c.Effect, c.Power, c.Level, c.Seeds)
		}
	}
}

func TestFriedmanGivesTheNumbersOfSciPyAndAutorank(t *testing.T) {
	g := readGolden(t).Friedman
	r, err := Friedman(g.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "statistic", r.Statistic, g.Statistic, 1e-9)
	near(t, "p", r.P, g.P, 1e-9)
	near(t, "p of autorank", r.P, g.AutorankP, 1e-9)
	for m, mean := range r.Mean {
		near(t, fmt.Sprint("mean rank of method ", m), mean, g.MeanRanks[m], 1e-9)
	}
}

func TestAggregatesGiveTheNumbersOfRliable(t *testing.T) {
	g := readGolden(t).Rliable
	var all []float64
	for _, block := range g.First {
		all = append(all, block...)
	}
	near(t, "interquartile mean", IQM(all), g.IQM, 1e-12)
	lower, upper, err := StratifiedBootstrap(g.First, IQM, 0.95, 20000, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "its lower end", lower, g.IQMInterval[0], 0.02)
	near(t, "its upper end", upper, g.IQMInterval[1], 0.02)
	near(t, "probability of improvement", must(t)(ImprovementProbability(g.First, g.Second)), g.Improvement, 1e-9)
	profile, err := PerformanceProfile(g.First, g.Thresholds)
	if err != nil {
		t.Fatal(err)
	}
	for i, share := range profile {
		near(t, fmt.Sprint("share above ", g.Thresholds[i]), share, g.Profile[i], 1e-9)
	}
}

func TestCrossedDifferenceGivesTheMeanSquaresOfStatsmodels(t *testing.T) {
	g := readGolden(t).Crossed
	d, err := CrossedDifference(g.Table)
	if err != nil {
		t.Fatal(err)
	}
	seeds, samples := float64(len(g.Table)), float64(len(g.Table[0]))
	near(t, "mean", d.Mean, g.Mean, 1e-12)
	near(t, "variance by seeds", d.SeedVariance, g.Seeds/(seeds*samples), 1e-9)
	near(t, "variance by samples", d.SampleVariance, (g.Samples-g.Rest)/(seeds*samples), 1e-9)
}
