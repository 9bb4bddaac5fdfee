package stats

import (
	"fmt"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// world draws studies: methods that are right on test samples of different
// difficulty, with noise of seeds, and of seeds and samples together.
type world struct {
	stream           *random.Stream
	samples          int
	bySeed, bySample float64 // standard deviations of a method's own logits, over seeds and over samples
}

// study draws whether each method, with each seed, is right on each sample: 1 or
// 0. All methods are equally good in the mean over seeds and samples.
func (w world) study(methods, seeds int) [][][]float64 {
	difficulty := make([]float64, w.samples)
	for i := range difficulty {
		difficulty[i] = 0.4 + 1.5*w.stream.Normal()
	}
	right := make([][][]float64, methods)
	for m := range right {
		own := make([]float64, w.samples)
		for i := range own {
			own[i] = w.bySample * w.stream.Normal()
		}
		right[m] = make([][]float64, seeds)
		for s := range right[m] {
			seed := w.bySeed * w.stream.Normal()
			right[m][s] = make([]float64, w.samples)
			for i := range right[m][s] {
				if w.stream.Float64() < 1/(1+math.Exp(-difficulty[i]-own[i]-seed)) {
					right[m][s][i] = 1
				}
			}
		}
	}
	return right
}

func difference(t *testing.T, a, b [][]float64) Difference {
	t.Helper()
	rows := make([][]float64, len(a))
	for s := range a {
		rows[s] = make([]float64, len(a[s]))
		for i := range a[s] {
			rows[s][i] = a[s][i] - b[s][i]
		}
	}
	d, err := CrossedDifference(rows)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// worlds are where the noise is of seeds, of samples, of both.
var worlds = []struct {
	name             string
	bySeed, bySample float64
}{{"seeds", 0.2, 0}, {"both", 0.1, 0.8}, {"samples", 0.02, 1}, {"neither", 0, 0}}

// within checks a share of cases by its own binomial error, three standard deviations.
func within(t *testing.T, what string, count, of int, low, high float64) {
	t.Helper()
	share := float64(count) / float64(of)
	error := 3 * math.Sqrt(0.05*0.95/float64(of))
	t.Logf("%s: %.2f %%", what, 100*share)
	if share < low-error || share > high+error {
		t.Errorf("%s: %.2f %% of %d studies, want %.0f to %.0f %%", what, 100*share, of, 100*low, 100*high)
	}
}

func TestIntervalsCoverNewSeedsAndSamples(t *testing.T) {
	const studies = 700
	for _, world := range worlds {
		for _, seeds := range []int{3, 5, 10} {
			w := worldOf(world.bySeed, world.bySample, uint64(seeds))
			covered := 0
			for range studies {
				right := w.study(2, seeds)
				d := difference(t, right[0], right[1])
				if math.Abs(d.Mean) <= d.HalfWidth(0.95) {
					covered++
				}
			}
			within(t, fmt.Sprintf("%d seeds, noise of %s: the interval covers", seeds, world.name), covered, studies, 0.93, 0.97)
		}
	}
}

func worldOf(bySeed, bySample float64, seed uint64) world {
	return world{random.New(seed, math.Float64bits(bySample)), 200, bySeed, bySample}
}

func TestStudiesWithoutDifferencesHaveFewFalseVerdicts(t *testing.T) {
	const studies, methods = 400, 4
	for _, world := range worlds {
		for _, seeds := range []int{3, 5} {
			w := worldOf(world.bySeed, world.bySample, 100+uint64(seeds))
			falsely := 0
			for range studies {
				right := w.study(methods, seeds)
				var p []float64
				for a := range right {
					for b := range a {
						if d := difference(t, right[a], right[b]); math.Abs(d.Mean) < d.HalfWidth(0.95) {
							p = append(p, 1) // above 0.05, however much
						} else {
							p = append(p, d.P(0))
						}
					}
				}
				for _, adjusted := range Holm(p) {
					if adjusted <= 0.05 {
						falsely++
						break
					}
				}
			}
			within(t, fmt.Sprintf("%d methods, %d seeds, noise of %s: a false verdict in", methods, seeds, world.name), falsely,
				studies, 0, 0.05)
		}
	}
}

// Whoever looks after each seed and stops at the first verdict is wrong no more often.
func TestAnytimeKeepsItsLevelThoughOneLooksAfterEverySeed(t *testing.T) {
	const studies, most = 300, 16
	for _, world := range worlds {
		w := worldOf(world.bySeed, world.bySample, 200)
		w.samples = 100
		falsely, student := 0, 0
		for range studies {
			right := w.study(2, most)
			decided, naive := false, false
			for seeds := 2; seeds <= most; seeds++ {
				d := difference(t, right[0][:seeds], right[1][:seeds])
				decided = decided || math.Abs(d.Mean) >= Anytime{d}.HalfWidth(0.95)
				naive = naive || math.Abs(d.Mean) >= d.HalfWidth(0.95)
			}
			if decided {
				falsely++
			}
			if naive {
				student++
			}
		}
		t.Logf("Student's test, looked at as often, is wrong in %.1f %%", 100*float64(student)/studies)
		within(t, fmt.Sprintf("noise of %s: a false verdict in", world.name), falsely, studies, 0, 0.05)
	}
}

// McNemar's mid-p is about two networks: of networks that are equally often
// right few differ.
func TestMcNemarKeepsItsLevel(t *testing.T) {
	const pairs = 3000
	stream := random.New(7)
	falsely := 0
	for range pairs {
		var only [2]int
		for range 40 {
			only[stream.IntN(2)]++
		}
		if p, err := McNemar(only[0], only[1]); err != nil {
			t.Fatal(err)
		} else if p <= 0.05 {
			falsely++
		}
	}
	within(t, "a false verdict in", falsely, pairs, 0, 0.05)
}

func TestBootstrapCoversFromItsLeastOn(t *testing.T) {
	const studies = 700
	for _, n := range []int{BootstrapLeast, 40} {
		stream := random.New(8, uint64(n))
		covered, values := 0, make([]float64, n)
		for range studies {
			for i := range values {
				values[i] = stream.Normal()
			}
			lower, upper, err := Bootstrap(values, 0.95, 1000, 1)
			if err != nil {
				t.Fatal(err)
			}
			if lower <= 0 && 0 <= upper {
				covered++
			}
		}
		within(t, fmt.Sprintf("%d values: the interval covers", n), covered, studies, 0.93, 0.97)
	}
}
