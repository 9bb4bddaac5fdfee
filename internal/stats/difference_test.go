package stats

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// A p-value and an interval say the same.
func TestPIsThatOfTheInterval(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := Difference{
			Mean: rapid.Float64Range(-3, 3).Draw(r, "mean"), Seeds: rapid.IntRange(2, 20).Draw(r, "seeds"),
			SeedVariance: rapid.Float64Range(0.01, 2).Draw(r, "seed variance"), Samples: 500,
			SampleVariance: rapid.Float64Range(0, 2).Draw(r, "sample variance"),
		}
		level := rapid.Float64Range(0.001, 0.5).Draw(r, "level")
		end := d.Mean - d.HalfWidth(1-level)
		near(t, "p at the end of the interval", d.P(end), level, 1e-6)
		a := Anytime{d}
		if half := a.HalfWidth(1 - level); !math.IsInf(half, 1) {
			near(t, "anytime p at the end of its interval", a.P(a.Mean+half), level, 1e-6)
		}
		if a.P(0) < d.P(0) {
			t.Errorf("anytime p is %v, below the fixed one, %v", a.P(0), d.P(0))
		}
	})
}

// Without the part of the test samples p is one over the martingale.
func TestAnytimeIsTheMartingale(t *testing.T) {
	values := []float64{1.2, 0.7, 1.9, 1.1, 0.4, 1.6}
	d, err := SeedDifference(values)
	if err != nil {
		t.Fatal(err)
	}
	n := float64(len(values))
	mean, variance := stat.MeanVariance(values, nil)
	squared := mean * mean * n / variance
	shrink := 1 / (1 + n*AnytimePrior)
	martingale := math.Sqrt(shrink) * math.Pow((1+squared/(n-1))/(1+shrink*squared/(n-1)), n/2)
	near(t, "p", Anytime{d}.P(0), 1/martingale, 1e-9)
}

func TestDifferencesAtTheEdges(t *testing.T) {
	one, err := CrossedDifference([][]float64{{1, 0, 0, -1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]float64{
		"half width": one.HalfWidth(0.95), "p": one.P(0), "equivalence": one.Equivalence(1), "power": one.Power(5, 1, 0.05),
		"anytime p": Anytime{one}.P(0),
	} {
		if !math.IsNaN(got) {
			t.Errorf("%s of one seed is %v, want NaN", what, got)
		}
	}
	equal, err := SeedDifference([]float64{2, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p of three equal differences", equal.P(0), 0.25, 0)
	near(t, "p of what they all are", equal.P(2), 1, 0)
	if !math.IsNaN(equal.HalfWidth(0.95)) {
		t.Errorf("half width of equal differences is %v, want NaN", equal.HalfWidth(0.95))
	}
	// Scores that agree by chance are not certain: each seed is right on one sample more.
	chance, err := CrossedDifference([][]float64{{1, 0, 0, 0}, {0, 1, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if chance.P(0) < 0.05 {
		t.Errorf("p of seeds that agree by chance is %v", chance.P(0))
	}
	for want, rows := range map[string][][]float64{
		"at least one is needed": {}, "1 test samples; at least 2": {{1}},
		"seed 1 has 1 test samples, seed 0 has 2": {{1, 0}, {1}},
	} {
		if _, err := CrossedDifference(rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestSeedsCannotMakeUpForTestSamples(t *testing.T) {
	d := Difference{Mean: 0.001, Seeds: 5, SeedVariance: 1e-5, Samples: 1000, SampleVariance: 1e-4}
	if got := d.SeedsFor(0.005, 0.05, 0.8, 10000); got != 0 {
		t.Errorf("%d seeds are said to decide, and none would", got)
	}
	samples := d.SamplesFor(0.005, 0.05, 0.8)
	d.SampleVariance *= float64(d.Samples) / float64(2*samples)
	if got := d.SeedsFor(0.005, 0.05, 0.8, 10000); got < 2 {
		t.Errorf("with twice the %d test samples that are said to be needed seeds do not decide either", samples)
	}
}

func TestEquivalence(t *testing.T) {
	d := Difference{Mean: 0.001, Seeds: 10, SeedVariance: 1e-6, Samples: 10000, SampleVariance: 1e-6}
	if p := d.Equivalence(0.01); p > 0.001 {
		t.Errorf("p of equivalence within 0.01 is %v", p)
	}
	near(t, "p within less than the mean", d.Equivalence(0.0005), 1, 0)
	near(t, "p within nothing", d.Equivalence(0), 1, 0)
}
