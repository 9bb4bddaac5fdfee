package stats

import (
	"math"
	"strings"
	"testing"
)

func bySeed(values ...float64) map[uint64]float64 {
	m := map[uint64]float64{}
	for seed, value := range values {
		m[uint64(seed)] = value
	}
	return m
}

// The hours of sleep of Student, "The Probable Error of a Mean" (1908), with
// the results that R's documentation of t.test gives for them.
func TestCompareGivesStudentsOwnExample(t *testing.T) {
	first := bySeed(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
	second := bySeed(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)
	second[99] = 1000 // a seed that first lacks
	p, err := Compare(first, second, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean difference", p.Difference.Mean, -1.58, 1e-12)
	near(t, "t", p.T, -4.0621, 1e-4)
	near(t, "p", p.P, 0.002833, 1e-6)
	near(t, "lower", p.Difference.Lower(), -2.4598858, 1e-7)
	near(t, "upper", p.Difference.Upper(), -0.7001142, 1e-7)
	if p.Higher != 0 || p.Lower != 9 || p.Ties != 1 {
		t.Errorf("signs are %d higher, %d lower, %d ties; want 0, 9, 1", p.Higher, p.Lower, p.Ties)
	}
	near(t, "p of the sign test", p.SignP, 2/512.0, 1e-12)
}

func TestCompareAtTheEdges(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second map[uint64]float64
		t, p, signP   float64
	}{
		{"one seed", bySeed(1), bySeed(2), math.NaN(), math.NaN(), 1},
		{"equal", bySeed(1, 2), bySeed(1, 2), 0, 1, 1},
		{"always one more", bySeed(2, 3), bySeed(1, 2), math.Inf(1), 0, 0.5},
		{"one up, one down", bySeed(2, 2), bySeed(1, 3), 0, 1, 1},
	} {
		got, err := Compare(test.first, test.second, 0.95)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if !same(got.T, test.t) || !same(got.P, test.p) || !same(got.SignP, test.signP) {
			t.Errorf("%s: t %v, p %v, sign p %v; want %v, %v, %v", test.name, got.T, got.P, got.SignP, test.t, test.p, test.signP)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	_, err := Compare(bySeed(1), map[uint64]float64{5: 1}, 0.95)
	if err == nil || !strings.Contains(err.Error(), "no seed in common (1 and 1 seeds)") {
		t.Errorf("without a common seed: error %v", err)
	}
	_, err = Compare(bySeed(math.NaN()), bySeed(1), 0.95)
	if err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("with NaN: error %v", err)
	}
}
