package norm

import (
	"fmt"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func columnMoments(x []float32, cols, c int) (mean, variance float64) {
	rows := float64(len(x) / cols)
	for i := c; i < len(x); i += cols {
		mean += float64(x[i]) / rows
	}
	for i := c; i < len(x); i += cols {
		variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / rows
	}
	return mean, variance
}

func TestMoments(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range append(shapes, [2]int{1000, 3}, [2]int{1100, 64}) {
			rows, cols := s[0], s[1]
			x := kerneltest.Random(1, rows*cols, 2, 3)
			results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
				mean, variance := make([]float32, cols), make([]float32, cols)
				Moments(p, mean, variance, x)
				return [][]float32{mean, variance}
			})
			means, variances := make([]float64, cols), make([]float64, cols)
			for c := range cols {
				means[c], variances[c] = columnMoments(x, cols, c)
			}
			kerneltest.Near(t, fmt.Sprintf("%v: mean", s), results[0], means, 1e-6)
			kerneltest.Near(t, fmt.Sprintf("%v: variance", s), results[1], variances, 2e-6)
		}
	})
}

// The variance of values far from 0 must not be lost in the square of the mean.
func TestMomentsOfShiftedValues(t *testing.T) {
	const rows, cols = 20_000, 5
	kerneltest.EachTier(t, func(t *testing.T) {
		x := kerneltest.Random(5, rows*cols, 1000, 0.1)
		mean, variance := make([]float32, cols), make([]float32, cols)
		Moments(nil, mean, variance, x)
		for c := range cols {
			m, v := columnMoments(x, cols, c)
			if math.Abs(float64(mean[c])-m) > 1e-7*m || math.Abs(float64(variance[c])-v) > 1e-5*v {
				t.Errorf("column %d: mean %g and variance %g, want %g and %g", c, mean[c], variance[c], m, v)
			}
		}
	})
}

func TestMomentsPropagateNaN(t *testing.T) {
	x := []float32{1, 2, float32(math.NaN()), 4}
	mean, variance := make([]float32, 2), make([]float32, 2)
	Moments(nil, mean, variance, x)
	if mean[0] == mean[0] || variance[0] == variance[0] || mean[1] != 3 || variance[1] != 1 {
		t.Errorf("mean %v, variance %v", mean, variance)
	}
}
