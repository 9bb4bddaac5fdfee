package stats

import (
	"math"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// draws makes scores of all combinations of n levels of two factors, with
// standard deviations of 3 and 1, and 0.5 for what they make together only.
func draws(seed uint64, n int) (scores []float64, levels [][]uint64) {
	stream := random.New(seed)
	var parts [2][]float64
	for f, std := range []float64{3, 1} {
		for range n {
			parts[f] = append(parts[f], std*stream.Normal())
		}
	}
	for a := range n {
		for b := range n {
			scores = append(scores, parts[0][a]+parts[1][b]+0.5*stream.Normal())
			levels = append(levels, []uint64{uint64(a), uint64(b), 7})
		}
	}
	return scores, levels
}

func TestVarianceComponentsAreRightOnAverage(t *testing.T) {
	const studies = 300
	var first, second, together float64
	for seed := range uint64(studies) {
		scores, levels := draws(seed, 5)
		c, err := VarianceComponents(scores, levels)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(c.Factors[2]) {
			t.Fatalf("a factor that did not vary makes %v", c.Factors[2])
		}
		first, second, together = first+c.Factors[0]/studies, second+c.Factors[1]/studies, together+c.Together/studies
		near(t, "total", c.Total, c.Factors[0]+c.Factors[1]+c.Together, 1e-9)
	}
	near(t, "variance by the first factor", first, 9, 0.12)
	near(t, "variance by the second factor", second, 1, 0.12)
	near(t, "variance by both together", together, 0.25, 0.15)
}

// One factor after the other, about a common run: differences within a factor
// tell its part, by the usual variance.
func TestVarianceComponentsOfOneFactorAtATime(t *testing.T) {
	scores := []float64{1, 2, 3, 1.5, 0.5}
	levels := [][]uint64{{0, 0}, {1, 0}, {2, 0}, {0, 1}, {0, 2}}
	c, err := VarianceComponents(scores, levels)
	if err != nil {
		t.Fatal(err)
	}
	if c.Factors[0] <= 0 || c.Factors[1] <= 0 || c.Factors[0] < c.Factors[1] {
		t.Errorf("components %+v", c)
	}
	only, err := VarianceComponents([]float64{1, 2, 4}, [][]uint64{{1}, {2}, {3}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "variance by the only factor", only.Factors[0], 7./3, 1e-9) // the sample variance
}

func TestVarianceComponentsRefuse(t *testing.T) {
	for want, levels := range map[string][][]uint64{
		"all 3 runs have the same seeds":   {{1, 1}, {1, 1}, {1, 1}},
		"the factors never varied apart":   {{1, 1}, {2, 2}, {3, 3}},
		"3 scores with 1 rows of levels":   {{1, 1}},
		"run 1 has 1 factors, run 0 has 2": {{1, 1}, {2}, {3, 3}},
	} {
		if _, err := VarianceComponents([]float64{1, 2, 3}, levels); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
