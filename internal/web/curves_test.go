package web

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// TestThinnedCurvesKeepPeaks compares curves that SQLite thinned with all values.
func TestThinnedCurvesKeepPeaks(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "experiments.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	random := rand.New(rand.NewPCG(1, 2))
	const rows, gap, stretches = 1000, 5, 20
	all := map[int64]map[int64]float64{} // by run and step; without NaN
	var runs []int64
	for seed := range uint64(3) {
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: "s", Method: "simclr", Backbone: "resnet8", Dataset: "shapes",
			Seed: seed, ConfigHash: "aa", Config: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		runs, all[w.ID] = append(runs, w.ID), map[int64]float64{}
		for i := range int64(rows) {
			value := math.Round(1e4*random.NormFloat64()) / 1e4
			if i%7 == 0 {
				value = math.NaN()
			} else {
				all[w.ID][gap*(i+1)] = value
			}
			if err := w.Log(t.Context(), gap*(i+1), "loss", value); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Finish(t.Context(), store.Finished, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []struct {
		name     string
		t        thinner
		extremes bool
		most     int
	}{
		{"lowest and highest", thinner{points: 2 * stretches}, true, 2*stretches + 2},
		{"first of each", thinner{points: stretches, most: 3*rows - 1}, false, stretches + 2},
		{"all", thinner{points: rows}, true, rows},
	} {
		one.t.runs, one.t.metric = append(runs, 99), "loss"
		curves, err := one.t.read(t.Context(), s)
		if err != nil || len(curves) != len(runs) {
			t.Fatalf("%s: %d curves, %v", one.name, len(curves), err)
		}
		for i, c := range curves {
			if c.Run != runs[i] || len(c.Steps) > one.most || len(c.Steps) < stretches || !slices.IsSorted(c.Steps) ||
				len(slices.Compact(slices.Clone(c.Steps))) != len(c.Values) {
				t.Errorf("%s: curve %d of run %d has %d steps", one.name, i, c.Run, len(c.Steps))
			}
			for j, step := range c.Steps {
				if want, known := all[c.Run][step]; !known || want != c.Values[j] {
					t.Errorf("%s: run %d has %v at step %d, want %v", one.name, c.Run, c.Values[j], step, want)
				}
			}
			for at := range stretches {
				low, high := math.Inf(1), math.Inf(-1)
				for step := gap + at*(gap*rows-gap+1)/stretches; step < gap+(at+1)*(gap*rows-gap+1)/stretches; step++ {
					if value, known := all[c.Run][int64(step)]; known {
						low, high = min(low, value), max(high, value)
					}
				}
				if one.extremes && (!slices.Contains(c.Values, low) || !slices.Contains(c.Values, high)) {
					t.Errorf("%s: stretch %d of run %d lacks its lowest or highest value, %v or %v", one.name, at, c.Run, low, high)
				}
			}
		}
	}
}
