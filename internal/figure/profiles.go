package figure

import (
	"fmt"

	"gonum.org/v1/plot/plotter"
)

// Profile is how large a share of a method's runs scores above each threshold.
type Profile struct {
	Method, Label       string // the method gives the color
	Runs                int
	Share, Lower, Upper []float64 // at each threshold, in [0, 1]; the ends of an interval
}

// Profiles draws performance profiles (Agarwal et al. 2021, arXiv:2108.13264,
// §4.2): a line a method in the band of its interval. axis names the scores,
// which the thresholds are on.
func Profiles(thresholds []float64, profiles []Profile, axis string, o Options) (*Figure, error) {
	if len(thresholds) == 0 || len(profiles) == 0 {
		return nil, fmt.Errorf("no scores to draw a profile of: check the selection of methods")
	}
	bands := make([]band, len(profiles))
	for i, p := range profiles {
		for _, values := range [][]float64{p.Share, p.Lower, p.Upper} {
			if len(values) != len(thresholds) {
				return nil, fmt.Errorf("the profile of %s has %d values for %d thresholds; there must be as many",
					p.Label, len(values), len(thresholds))
			}
		}
		at := func(y []float64) (line plotter.XYs) {
			for j, x := range thresholds {
				line = append(line, plotter.XY{X: x, Y: y[j]})
			}
			return line
		}
		bands[i] = band{
			method: p.Method, label: p.Label, runs: p.Runs, mean: at(p.Share), low: at(p.Lower), high: at(p.Upper),
		}
	}
	return drawBands(o, "performance profiles", axis, "share of runs above", bands)
}
