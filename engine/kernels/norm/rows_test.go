package norm

import (
	"fmt"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// eachRow calls f with each row of each array as float64.
func eachRow(cols int, f func(r int, rows ...[]float64), arrays ...[]float32) {
	for r := range len(arrays[0]) / cols {
		var rows [][]float64
		for _, a := range arrays {
			rows = append(rows, column(a[r*cols:][:cols], 1, 0))
		}
		f(r, rows...)
	}
}

func TestLayerNorm(t *testing.T) {
	const epsilon = 1e-5
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x, dy := kerneltest.Random(1, rows*cols, 2, 3), kerneltest.Random(2, rows*cols, 0.2, 1)
			gamma, beta := kerneltest.Random(3, cols, 1, 0.5), kerneltest.Random(4, cols, 0, 1)
			for _, affine := range []bool{true, false} {
				g, b := gamma, beta
				if !affine {
					g, b = nil, nil
				}
				results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
					y, mean, rstd := make([]float32, len(x)), make([]float32, rows), make([]float32, rows)
					LayerNorm(p, y, mean, rstd, x, g, b, cols, epsilon)
					dx, dgamma, dbeta := make([]float32, len(x)), make([]float32, cols), make([]float32, cols)
					LayerNormGradient(p, dx, dgamma, dbeta, x, g, mean, rstd, dy, cols)
					return [][]float32{y, dx, dgamma, dbeta}
				})
				want, dx := make([]float64, len(x)), make([]float64, len(x))
				dgamma, dbeta := make([]float64, cols), make([]float64, cols)
				eachRow(cols, func(r int, row ...[]float64) {
					m, v := moments(row[0])
					rstd := 1 / math.Sqrt(v+epsilon)
					var sum, product float64
					weights := func(c int) (gamma, beta float64) {
						if affine {
							return float64(g[c]), float64(b[c])
						}
						return 1, 0
					}
					for c, value := range row[0] {
						gamma, beta := weights(c)
						normalised := (value - m) * rstd
						want[r*cols+c] = normalised*gamma + beta
						dbeta[c] += row[1][c]
						dgamma[c] += row[1][c] * normalised
						sum += row[1][c] * gamma / float64(cols)
						product += row[1][c] * gamma * normalised / float64(cols)
					}
					for c, value := range row[0] {
						gamma, _ := weights(c)
						dx[r*cols+c] = rstd * (row[1][c]*gamma - sum - (value-m)*rstd*product)
					}
				}, x, dy)
				what := fmt.Sprintf("%v, affine %v: ", s, affine)
				kerneltest.Near(t, what+"output", results[0], want, 2e-6)
				kerneltest.Near(t, what+"dgamma", results[2], dgamma, 5e-6)
				kerneltest.Near(t, what+"dbeta", results[3], dbeta, 5e-6)
				if cols > 1 { // one column has no gradient: only rounding is left
					kerneltest.Near(t, what+"dx", results[1], dx, 5e-6)
				}
			}
		}
	})
}

func TestSoftmaxFamily(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x, dy := kerneltest.Random(1, rows*cols, -20, 8), kerneltest.Random(2, rows*cols, 0.2, 1)
			results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
				out := make([][]float32, 4)
				for i := range out {
					out[i] = make([]float32, len(x))
				}
				lse := make([]float32, rows)
				Softmax(p, out[0], x, cols)
				SoftmaxGradient(p, out[1], out[0], dy, cols)
				LogSoftmax(p, out[2], x, cols)
				LogSoftmaxGradient(p, out[3], out[2], dy, cols)
				LogSumExp(p, lse, x, cols)
				return append(out, lse)
			})
			want := make([][]float64, 5)
			eachRow(cols, func(r int, row ...[]float64) {
				m := row[0][0]
				for _, v := range row[0] {
					m = max(m, v)
				}
				var sum, dot, total float64
				for _, v := range row[0] {
					sum += math.Exp(v - m)
				}
				for c, v := range row[0] {
					dot += math.Exp(v-m) / sum * row[1][c]
					total += row[1][c]
				}
				for c, v := range row[0] {
					p, g := math.Exp(v-m)/sum, row[1][c]
					for i, value := range []float64{p, p * (g - dot), v - m - math.Log(sum), g - p*total} {
						want[i] = append(want[i], value)
					}
				}
				want[4] = append(want[4], m+math.Log(sum))
			}, x, dy)
			for i, name := range []string{"softmax", "its gradient", "log-softmax", "its gradient", "log-sum-exp"} {
				if i == 1 && cols == 1 {
					continue // the gradient is 0: only rounding is left
				}
				kerneltest.Near(t, fmt.Sprintf("%v: %s", s, name), results[i], want[i], 3e-6)
			}
		}
	})
}

// Rows as attention makes them: scores that are left out are -Inf.
func TestSoftmaxOfMaskedScores(t *testing.T) {
	inf := float32(math.Inf(-1))
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{3, 16, 70} {
			x := make([]float32, n)
			for i := range x {
				x[i] = inf
			}
			x[1], x[2] = 5, 5
			Softmax(nil, x, x, n)
			for i, v := range x {
				if want := map[int]float32{1: 0.5, 2: 0.5}[i]; v != want {
					t.Errorf("%d scores: probability %d is %g, want %g", n, i, v, want)
				}
			}
		}
	})
}

func TestCrossEntropy(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			logits, dloss := kerneltest.Random(1, rows*cols, 0, 3), kerneltest.Random(2, rows, 0, 1)
			labels, targets := make([]int32, rows), make([]float32, rows*cols)
			for r := range labels {
				labels[r] = int32(r * 7 % cols)
				targets[r*cols+int(labels[r])] = 1
			}
			results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
				loss, lse, grad := make([]float32, rows), make([]float32, rows), make([]float32, rows*cols)
				CrossEntropy(p, loss, lse, logits, labels, cols)
				CrossEntropyGradient(p, grad, logits, lse, labels, dloss, cols)
				dense, denseGrad := make([]float32, rows), make([]float32, rows*cols)
				CrossEntropyDense(p, dense, lse, logits, targets, cols)
				CrossEntropyDenseGradient(p, denseGrad, logits, lse, targets, dloss, cols)
				return [][]float32{loss, grad, dense, denseGrad}
			})
			var loss, grad []float64
			eachRow(cols, func(r int, row ...[]float64) {
				var sum float64
				for _, v := range row[0] {
					sum += math.Exp(v)
				}
				loss = append(loss, math.Log(sum)-row[0][labels[r]])
				for c, v := range row[0] {
					grad = append(grad, (math.Exp(v)/sum-row[1][c])*float64(dloss[r]))
				}
			}, logits, targets)
			if cols == 1 {
				continue // loss and gradient are 0: only rounding is left
			}
			for i, name := range []string{"loss", "gradient", "dense loss", "dense gradient"} {
				kerneltest.Near(t, fmt.Sprintf("%v: %s", s, name), results[i], [][]float64{loss, grad}[i%2], 3e-6)
			}
		}
	})
}

func TestL2Normalize(t *testing.T) {
	const epsilon = 1e-12
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			rows, cols := s[0], s[1]
			x, dy := kerneltest.Random(1, rows*cols, 0.5, 2), kerneltest.Random(2, rows*cols, 0, 1)
			clear(x[:cols]) // the first row has no direction
			results := kerneltest.SameForThreads(t, func(p *pool.Pool) [][]float32 {
				y, norm, dx := make([]float32, len(x)), make([]float32, rows), make([]float32, len(x))
				L2Normalize(p, y, norm, x, cols, epsilon)
				L2NormalizeGradient(p, dx, y, norm, dy, cols, epsilon)
				return [][]float32{y, dx}
			})
			var y, dx []float64
			eachRow(cols, func(r int, row ...[]float64) {
				var squares, dot float64
				for c, v := range row[0] {
					squares += v * v
					dot += v * row[1][c]
				}
				norm := math.Sqrt(squares)
				for c, v := range row[0] {
					if norm < epsilon {
						y, dx = append(y, v/epsilon), append(dx, row[1][c]/epsilon)
						continue
					}
					y = append(y, v/norm)
					dx = append(dx, (row[1][c]-v*dot/squares)/norm)
				}
			}, x, dy)
			kerneltest.Near(t, fmt.Sprintf("%v: output", s), results[0], y, 1e-6)
			kerneltest.Near(t, fmt.Sprintf("%v: gradient of the zero row", s), results[1][:cols], dx[:cols], 1e-6)
			if cols > 1 { // one column has no gradient: only rounding is left
				kerneltest.Near(t, fmt.Sprintf("%v: gradient", s), results[1][cols:], dx[cols:], 3e-6)
			}
		}
	})
}

func TestRowTiersAgree(t *testing.T) {
	for _, cols := range []int{1, 10, 16, 65, 192, 500} {
		const rows = 9
		x, dy := kerneltest.Random(1, rows*cols, 2, 3), kerneltest.Random(2, rows*cols, 0.2, 1)
		gamma := kerneltest.Random(3, cols, 1, 0.5)
		kerneltest.SameForTiers(t, func() [][]float32 {
			var out [][]float32
			result := func(n int) []float32 {
				out = append(out, make([]float32, n))
				return out[len(out)-1]
			}
			mean, rstd := result(rows), result(rows)
			LayerNorm(nil, result(len(x)), mean, rstd, x, gamma, nil, cols, 1e-6)
			LayerNormGradient(nil, result(len(x)), result(cols), result(cols), x, gamma, mean, rstd, dy, cols)
			y := result(len(x))
			Softmax(nil, y, x, cols)
			SoftmaxGradient(nil, result(len(x)), y, dy, cols)
			LogSoftmax(nil, y, x, cols)
			LogSoftmaxGradient(nil, result(len(x)), y, dy, cols)
			LogSumExp(nil, result(rows), x, cols)
			return out
		})
	}
}

func TestLogSumExpOfNothing(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{1, 16, 21} {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(math.Inf(-1))
			}
			lse := make([]float32, 1)
			if LogSumExp(nil, lse, x, n); !math.IsInf(float64(lse[0]), -1) {
				t.Errorf("%d elements: %g, want -Inf", n, lse[0])
			}
		}
	})
}
