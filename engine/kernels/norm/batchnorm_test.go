package norm

import (
	"fmt"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func TestBatchNorm(t *testing.T) {
	const epsilon = 1e-3
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x, residual := kerneltest.Random(1, rows*cols, 2, 3), kerneltest.Random(2, rows*cols, 0, 1)
			gamma, beta := kerneltest.Random(3, cols, 1, 0.5), kerneltest.Random(4, cols, 0, 1)
			for variant, e := range []Epilogue{{}, {Relu: true}, {Residual: residual}, {Residual: residual, Relu: true}} {
				results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
					y, mean, variance := make([]float32, len(x)), make([]float32, cols), make([]float32, cols)
					BatchNorm(p, y, mean, variance, x, gamma, beta, epsilon, e)
					return [][]float32{y, mean, variance}
				})
				want := make([]float64, len(x))
				means, variances := make([]float64, cols), make([]float64, cols)
				for c := range cols {
					m, v := moments(column(x, cols, c))
					means[c], variances[c] = m, v
					for r := range rows {
						i := r*cols + c
						want[i] = (float64(x[i])-m)/math.Sqrt(v+epsilon)*float64(gamma[c]) + float64(beta[c])
						if e.Residual != nil {
							want[i] += float64(residual[i])
						}
						if e.Relu {
							want[i] = max(want[i], 0)
						}
					}
				}
				kerneltest.Near(t, fmt.Sprintf("%v variant %d: mean", s, variant), results[1], means, 1e-6)
				kerneltest.Near(t, fmt.Sprintf("%v variant %d: variance", s, variant), results[2], variances, 2e-6)
				tolerance := 3e-6
				if rows == 1 {
					tolerance = 1e-5 // the scale is 1/√epsilon, and x*scale and shift nearly cancel
				}
				kerneltest.Near(t, fmt.Sprintf("%v variant %d: output", s, variant), results[0], want, tolerance)
			}
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
			m, v := moments(column(x, cols, c))
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

func TestBatchNormGradient(t *testing.T) {
	const epsilon = 1e-3
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x, dy, output := kerneltest.Random(1, rows*cols, 2, 3), kerneltest.Random(2, rows*cols, 0.2, 1), kerneltest.Random(3, rows*cols, 0, 1)
			gamma := kerneltest.Random(4, cols, 1, 0.5)
			mean, variance := make([]float32, cols), make([]float32, cols)
			Moments(nil, mean, variance, x)
			for _, relu := range []bool{false, true} {
				for _, residual := range []bool{false, true} {
					results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
						a := BatchNormGradArgs{
							X: x, Gamma: gamma, Mean: mean, Variance: variance, Epsilon: epsilon, DY: dy,
							DX: make([]float32, len(x)), DGamma: make([]float32, cols), DBeta: make([]float32, cols),
						}
						if relu {
							a.Output = output
						}
						if residual {
							a.DResidual = make([]float32, len(x))
						}
						BatchNormGradient(p, a)
						return [][]float32{a.DX, a.DGamma, a.DBeta, a.DResidual}
					})
					checkBatchNormGradient(t, rows, cols, x, dy, output, gamma, relu, epsilon, results)
				}
			}
		}
	})
}

func checkBatchNormGradient(
	t *testing.T, rows, cols int, x, dy, output, gamma []float32, relu bool, epsilon float64, results [][]float32,
) {
	t.Helper()
	dx, masked := make([]float64, len(x)), make([]float64, len(x))
	dgamma, dbeta := make([]float64, cols), make([]float64, cols)
	for c := range cols {
		m, v := moments(column(x, cols, c))
		rstd := 1 / math.Sqrt(v+epsilon)
		for i := c; i < len(x); i += cols {
			if !relu || output[i] > 0 {
				masked[i] = float64(dy[i])
			}
			dbeta[c] += masked[i]
			dgamma[c] += masked[i] * (float64(x[i]) - m) * rstd
		}
		for i := c; i < len(x); i += cols {
			normalised := (float64(x[i]) - m) * rstd
			dx[i] = float64(gamma[c]) * rstd * (masked[i] - (dbeta[c]+normalised*dgamma[c])/float64(rows))
		}
	}
	what := fmt.Sprintf("%d×%d, relu %v: ", rows, cols, relu)
	kerneltest.Near(t, what+"dgamma", results[1], dgamma, 5e-6)
	kerneltest.Near(t, what+"dbeta", results[2], dbeta, 5e-6)
	if rows > 1 { // one row has no gradient: only rounding is left
		kerneltest.Near(t, what+"dx", results[0], dx, 5e-6)
	}
	if results[3] != nil {
		kerneltest.Near(t, what+"dresidual", results[3], masked, 0)
	}
}

func TestBatchNormTiersAgree(t *testing.T) {
	const rows, cols = 333, 70
	x, dy := kerneltest.Random(1, rows*cols, 2, 3), kerneltest.Random(2, rows*cols, 0.2, 1)
	gamma, beta := kerneltest.Random(3, cols, 1, 0.5), kerneltest.Random(4, cols, 0, 1)
	kerneltest.SameForTiers(t, func() [][]float32 {
		y, mean, variance := make([]float32, len(x)), make([]float32, cols), make([]float32, cols)
		BatchNorm(nil, y, mean, variance, x, gamma, beta, 1e-5, Epilogue{Relu: true})
		a := BatchNormGradArgs{
			X: x, Gamma: gamma, Mean: mean, Variance: variance, Epsilon: 1e-5, DY: dy, Output: y,
			DX: make([]float32, len(x)), DGamma: make([]float32, cols), DBeta: make([]float32, cols),
		}
		BatchNormGradient(nil, a)
		return [][]float32{y, mean, variance, a.DX, a.DGamma, a.DBeta}
	})
}
