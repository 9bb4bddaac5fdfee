package stats

import (
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// guesses are the right guesses of methods by seed and test sample.
func guesses(methods, seeds, samples int) [][][]float64 {
	stream := random.New(1)
	all := make([][][]float64, methods)
	for m := range all {
		all[m] = make([][]float64, seeds)
		for s := range all[m] {
			all[m][s] = make([]float64, samples)
			for i := range all[m][s] {
				if stream.Float64() < 0.5+float64(m)/100 {
					all[m][s][i] = 1
				}
			}
		}
	}
	return all
}

// BenchmarkTable compares every pair of 20 methods with 10 seeds on 10,000 test
// samples, and draws the seeds of each 10,000 times.
func BenchmarkTable(b *testing.B) {
	const methods, seeds, samples, resamples = 20, 10, 10000, 10000
	all := guesses(methods, seeds, samples)
	for b.Loop() {
		for first := range methods {
			scores := make([]float64, seeds)
			for s, row := range all[first] {
				scores[s] = stat.Mean(row, nil)
			}
			if _, _, err := StratifiedBootstrap([][]float64{scores}, IQM, 0.95, resamples, 1); err != nil {
				b.Fatal(err)
			}
			for second := range first {
				rows := make([][]float64, seeds)
				for s := range rows {
					rows[s] = make([]float64, samples)
					for i := range rows[s] {
						rows[s][i] = all[first][s][i] - all[second][s][i]
					}
				}
				d, err := CrossedDifference(rows)
				if err != nil {
					b.Fatal(err)
				}
				d.P(0)
			}
		}
	}
}

// BenchmarkSeedsFor plans for every pair of 20 methods.
func BenchmarkSeedsFor(b *testing.B) {
	for b.Loop() {
		for pair := range 190 {
			d := Difference{Seeds: 5, SeedVariance: 1e-5 * float64(1+pair), Samples: 10000, SampleVariance: 1e-6}
			d.SeedsFor(0.005, 0.05/190, 0.8, 1000)
		}
	}
}
