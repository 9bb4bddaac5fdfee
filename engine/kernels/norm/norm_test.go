package norm

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
)

// shapes are rows and columns: tails of every kind, rows in fours and not.
var shapes = [][2]int{{1, 5}, {3, 1}, {7, 16}, {40, 10}, {64, 65}, {128, 16}, {9, 24}, {1, 768}, {3, 513}}

// problem is random operands and what the results are, in float64.
type problem struct {
	rows, cols                     int
	x, dy, residual                []float32
	scale, shift, mean, k1, k2, k3 []float32
}

func newProblem(rows, cols int) problem {
	random := func(seed uint64, n int) []float32 { return kerneltest.Random(seed, n, 0.1, 1) }
	n := rows * cols
	return problem{
		rows, cols, random(1, n), random(2, n), random(3, n),
		random(4, cols), random(5, cols), random(6, cols), random(7, cols), random(8, cols), random(9, cols),
	}
}

// each computes an array from the index of an element and of its column.
func (p problem) each(f func(i, c int) float64) []float64 {
	out := make([]float64, p.rows*p.cols)
	for i := range out {
		out[i] = f(i, i%p.cols)
	}
	return out
}

func TestScaleShift(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			p := newProblem(s[0], s[1])
			for _, residual := range [][]float32{nil, p.residual} {
				for _, relu := range []bool{false, true} {
					want := p.each(func(i, c int) float64 {
						y := float64(p.x[i])*float64(p.scale[c]) + float64(p.shift[c])
						if residual != nil {
							y += float64(residual[i])
						}
						if relu {
							y = max(y, 0)
						}
						return y
					})
					got := make([]float32, len(want))
					ScaleShift(got, p.x, p.scale, p.shift, residual, relu)
					name := fmt.Sprintf("%v, residual %t, relu %t", s, residual != nil, relu)
					kerneltest.Near(t, name, got, want, 1e-6)
					inPlace := slices.Clone(p.x)
					ScaleShift(inPlace, inPlace, p.scale, p.shift, residual, relu)
					if !slices.Equal(got, inPlace) {
						t.Errorf("%s: other results in place", name)
					}
				}
			}
		}
	})
}

// Gate lets through what ScaleShift with a ReLU lets through, and what became NaN, also of the sum of two gradients.
func TestGate(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			p := newProblem(s[0], s[1])
			p.x[0] = float32(math.NaN())
			for _, residual := range [][]float32{nil, p.residual} {
				y, got, ofSum := make([]float32, len(p.x)), make([]float32, len(p.x)), make([]float32, len(p.x))
				ScaleShift(y, p.x, p.scale, p.shift, residual, true)
				Gate(got, p.dy, nil, p.x, p.scale, p.shift, residual)
				Gate(ofSum, p.dy, p.residual, p.x, p.scale, p.shift, residual)
				for i, v := range y {
					want, wantOfSum := p.dy[i], p.dy[i]+p.residual[i]
					if v <= 0 {
						want, wantOfSum = 0, 0
					}
					if got[i] != want || ofSum[i] != wantOfSum {
						t.Fatalf("%v, residual %t: element %d is %g, %g of the sum, where the output is %g and the gradients %g and %g",
							s, residual != nil, i, got[i], ofSum[i], v, p.dy[i], p.residual[i])
					}
				}
			}
		}
	})
}

func TestGradientSums(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			p := newProblem(s[0], s[1])
			sum, product := slices.Clone(p.k1), slices.Clone(p.k2) // it adds to what is there
			GradientSums(sum, product, p.dy, p.x, p.mean)
			wantSum, wantProduct := make([]float64, p.cols), make([]float64, p.cols)
			for c := range p.cols {
				wantSum[c], wantProduct[c] = float64(p.k1[c]), float64(p.k2[c])
			}
			for i, g := range p.dy {
				c := i % p.cols
				wantSum[c] += float64(g)
				wantProduct[c] += float64(g) * (float64(p.x[i]) - float64(p.mean[c]))
			}
			kerneltest.Near(t, fmt.Sprintf("%v: sum", s), sum, wantSum, 1e-5)
			kerneltest.Near(t, fmt.Sprintf("%v: product", s), product, wantProduct, 1e-5)
		}
	})
}

func TestGradient(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			p := newProblem(s[0], s[1])
			want := p.each(func(i, c int) float64 {
				return float64(p.dy[i])*float64(p.k1[c]) + (float64(p.x[i])-float64(p.mean[c]))*float64(p.k2[c]) + float64(p.k3[c])
			})
			got := make([]float32, len(want))
			Gradient(got, p.dy, p.x, p.mean, p.k1, p.k2, p.k3)
			kerneltest.Near(t, fmt.Sprint(s), got, want, 2e-6)
			inPlace := slices.Clone(p.dy)
			Gradient(inPlace, inPlace, p.x, p.mean, p.k1, p.k2, p.k3)
			if !slices.Equal(got, inPlace) {
				t.Errorf("%v: other results in place", s)
			}
		}
	})
}
