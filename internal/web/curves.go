package web

import (
	"context"
	"math"

	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// curve is a metric of a run over its steps, thinned so that its peaks stay.
type curve struct {
	Run    int64     `json:"run"`
	Steps  []int64   `json:"steps"`
	Values []float64 `json:"values"` // finite ones only
}

// readCurves reads the curves of every metric, of at most limit points each.
func (study *Study) readCurves(ctx context.Context, s *store.Store, limit int) error {
	study.Curves = map[string][]curve{}
	for _, metric := range study.Logged {
		curves, err := s.Curves(ctx, metric, study.filter())
		if err != nil {
			return err
		}
		for _, c := range curves {
			study.Curves[metric] = append(study.Curves[metric], thinned(c, limit))
		}
	}
	return nil
}

// thinned rounds values to six digits: nobody sees more in a curve.
func thinned(c store.Curve, limit int) curve {
	var steps []int64
	var values []float64
	for i, value := range c.Values {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			steps, values = append(steps, c.Steps[i]), append(values, value)
		}
	}
	out := curve{Run: c.Run, Steps: []int64{}, Values: []float64{}}
	for _, i := range report.Thin(len(values), limit, func(i int) float64 { return values[i] }) {
		out.Steps, out.Values = append(out.Steps, steps[i]), append(out.Values, digits(values[i], 6))
	}
	return out
}

// digits rounds to so many significant digits.
func digits(x float64, n int) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, float64(n)-math.Ceil(math.Log10(math.Abs(x))))
	if rounded := math.Round(x*scale) / scale; !math.IsNaN(rounded) && !math.IsInf(rounded, 0) {
		return rounded
	}
	return x
}
